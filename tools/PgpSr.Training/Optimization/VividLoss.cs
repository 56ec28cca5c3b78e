using PgpSr.Models;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PgpSr.Training;

/// <summary>How a vivid model is trained: the lengths of four gradients at the restored picture, each made one long first, so that they mean the same for every network.</summary>
/// <param name="Pixels">Of the mean modulus of the error.</param>
/// <param name="Reduced">Of the same, of pictures reduced to the degraded size: brightness and color stay.</param>
/// <param name="Grid">Of the error's local means at each place of a patch: no pattern repeats from patch to patch.</param>
/// <param name="Evenness">Of how unevenly fine detail is spread over the places of a patch.</param>
/// <param name="Features">Of the difference of <see cref="FeatureNetwork"/>'s features.</param>
/// <param name="Adversary">Of the discriminator's judgment.</param>
/// <param name="LearningRate">The discriminator's.</param>
/// <param name="Alone">Steps in which the discriminator learns alone.</param>
sealed record VividRecipe(double Pixels, double Reduced, double Grid, double Evenness, double Features, double Adversary, double LearningRate, long Alone);

/// <summary>
/// Steps of a model that is to look like a photograph instead of being the mean of all that could have been: its discriminator learns on the same batch. The loss
/// compares pairs (Jolicoeur-Martineau 2019): is the photograph at this place more of a photograph than the restored picture?
/// </summary>
sealed class VividLoss : IDisposable
{
    // Small pixels a side over which an error's means are taken.
    const int GridWindow = 8;

    // Strides of both networks divide it. ShiftStep is odd: it visits all places.
    const int LongestStride = 8, ShiftStep = 37;

    // An eighth of a gray level, squared, in units of [-1, 1]: smooth crops have no say.
    static readonly Scalar s_leastEnergy = 1e-6;

    readonly Recipe _recipe, _adversarys;
    readonly VividRecipe _vivid;
    readonly Discriminator _discriminator = new();
    readonly FeatureNetwork? _features;
    readonly TrainingState _state;
    readonly string _checkpoint;

    /// <param name="recipe">With a vivid part.</param>
    /// <param name="checkpoint">The discriminator's; continued if it is there.</param>
    /// <param name="features">ONNX file of the feature network; null for none.</param>
    public VividLoss(Recipe recipe, string checkpoint, string? features)
    {
        _recipe = recipe;
        _vivid = recipe.Vivid!;
        _adversarys = recipe with { LearningRate = _vivid.LearningRate, Orthogonal = false, Beta1 = 0.5, Vivid = null };
        if (_vivid.Features > 0) _features = new FeatureNetwork(features ?? throw new ArgumentException($"the recipe {recipe.Name} compares features: name the ONNX file"), Type);
        float[] initial = _discriminator.Initial(recipe.Seed);
        float[] rates = new float[initial.Length];
        Array.Fill(rates, 1);
        _state = new TrainingState(initial, rates, []);
        _checkpoint = checkpoint;
        if (File.Exists(checkpoint)) _state.Load(checkpoint, nameof(Discriminator));
    }

    ScalarType Type => _recipe.Bfloat16 ? ScalarType.BFloat16 : ScalarType.Float32;

    /// <summary>Gradients of one batch, left in the model's weights, and a step of the discriminator.</summary>
    /// <param name="restored">The model's result, with its history.</param>
    /// <param name="enlarged">The small pictures, enlarged.</param>
    /// <param name="truth">The photographs.</param>
    /// <param name="scale">How many times larger they are.</param>
    /// <returns>The discriminator's loss: 0.69 when it cannot tell.</returns>
    public double Step(Tensor restored, Tensor enlarged, Tensor truth, int scale)
    {
        // Strides leave their grid in the gradient: each step it lies elsewhere, through all places of a patch.
        long at = _state.Step * ShiftStep % (LongestStride * LongestStride), height = truth.shape[2] - LongestStride, width = truth.shape[3] - LongestStride;
        Tensor Shifted(Tensor x) => x.narrow(2, at / LongestStride, height).narrow(3, at % LongestStride, width);

        Tensor picture = restored.detach(), real = Shifted(truth), known = Shifted(enlarged);
        double told = Teach(Shifted(picture), known, real);
        Tensor sum = zeros_like(picture);
        Add(sum, picture, _vivid.Pixels, x => x.Minus(truth).abs().mean());
        Add(sum, picture, _vivid.Reduced, x => functional.avg_pool2d(x.Minus(truth), [scale, scale]).abs().mean());
        Add(sum, picture, _vivid.Grid, x => functional.avg_pool2d(functional.pixel_unshuffle(x.Minus(truth), scale), [GridWindow, GridWindow]).abs().mean());
        Add(sum, picture, _vivid.Evenness, x => Unevenness(x, scale));
        if (_features is not null) Add(sum, picture, _vivid.Features, x => _features.Difference(Shifted(x), real));
        if (_state.Step > _vivid.Alone)
        {
            var judge = _discriminator.Judge(_state.Weights.detach(), Type);
            Tensor best;
            using (no_grad()) best = judge(real, known);
            Add(sum, picture, _vivid.Adversary, x => functional.softplus(best.Minus(judge(Shifted(x), known))).mean());
        }
        restored.backward([sum]);
        return told;
    }

    // In a photograph each of a patch's places has as much fine detail as the others: the squared logarithms of its share, over whole crops.
    static Tensor Unevenness(Tensor picture, int scale)
    {
        Tensor fine = picture.Minus(functional.avg_pool2d(picture, [3, 3], [1, 1], [1, 1], false, false)).Squared();
        Tensor energy = functional.pixel_unshuffle(fine.mean([1], true), scale).mean([2, 3]).add(s_leastEnergy);
        return energy.div(energy.mean([1], true)).log().Squared().mean();
    }

    double Teach(Tensor picture, Tensor enlarged, Tensor truth)
    {
        var judge = _discriminator.Judge(_state.Weights, Type);
        Tensor loss = functional.softplus(judge(picture, enlarged).Minus(judge(truth, enlarged))).mean();
        loss.backward();
        _state.Update(_adversarys);
        return loss.ToDouble();
    }

    static void Add(Tensor sum, Tensor picture, double length, Func<Tensor, Tensor> loss)
    {
        if (length == 0) return;
        Tensor x = picture.clone().requires_grad_();
        loss(x).backward();
        using var off = no_grad();
        double norm = Math.Sqrt(x.grad!.Squared().sum().ToDouble());
        if (norm == 0 || !double.IsFinite(norm)) return;
        using Scalar factor = length / norm;
        sum.add_(x.grad!, factor);
    }

    public void Save() => _state.Save(_checkpoint, nameof(Discriminator));

    public void Dispose() => _state.Dispose();
}
