using PgpSr.Models;
using TorchSharp;
using static TorchSharp.torch;
using static TorchSharp.torch.nn;

namespace PgpSr.Training;

/// <summary>How a vivid model is trained: the lengths of four gradients at the restored picture, each made one long first, so that they mean the same for every network.</summary>
/// <param name="Pixels">Of the mean modulus of the error.</param>
/// <param name="Reduced">Of the same, of pictures reduced to the degraded size: brightness and color stay.</param>
/// <param name="Features">Of the difference of <see cref="FeatureNetwork"/>'s features.</param>
/// <param name="Adversary">Of the discriminator's judgment.</param>
/// <param name="LearningRate">The discriminator's.</param>
/// <param name="Alone">Steps in which the discriminator learns alone.</param>
sealed record VividRecipe(double Pixels, double Reduced, double Features, double Adversary, double LearningRate, long Alone);

/// <summary>
/// Steps of a model that is to look like a photograph instead of being the mean of all that could have been: its discriminator learns on the same batch. The loss
/// compares pairs (Jolicoeur-Martineau 2019): is the photograph at this place more of a photograph than the restored picture?
/// </summary>
sealed class VividLoss : IDisposable
{
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
    /// <param name="degraded">[N, 3, h, w].</param>
    /// <param name="truth">The photographs.</param>
    /// <returns>The discriminator's loss: 0.69 when it cannot tell.</returns>
    public double Step(Tensor restored, Tensor degraded, Tensor truth)
    {
        Tensor picture = restored.detach();
        double told = Teach(picture, degraded, truth);
        Tensor sum = zeros_like(picture);
        Add(sum, picture, _vivid.Pixels, x => x.Minus(truth).abs().mean());
        int scale = (int)(truth.shape[3] / degraded.shape[3]);
        Add(sum, picture, _vivid.Reduced, x => functional.avg_pool2d(x.Minus(truth), [scale, scale]).abs().mean());
        if (_features is not null)
        {
            // Strides of the feature network leave their grid in the gradient: each step it lies elsewhere, through all places of a patch.
            long at = _state.Step % (scale * scale), height = truth.shape[2] - scale, width = truth.shape[3] - scale;
            Tensor Shifted(Tensor x) => x.narrow(2, at / scale, height).narrow(3, at % scale, width);
            Add(sum, picture, _vivid.Features, x => _features.Difference(Shifted(x), Shifted(truth)));
        }
        if (_state.Step > _vivid.Alone)
        {
            Tensor weights = _state.Weights.detach();
            var judge = _discriminator.Judge(weights, Type);
            Tensor real;
            using (no_grad()) real = judge(truth, degraded);
            Add(sum, picture, _vivid.Adversary, x => functional.softplus(real.Minus(judge(x, degraded))).mean());
        }
        restored.backward([sum]);
        return told;
    }

    double Teach(Tensor picture, Tensor degraded, Tensor truth)
    {
        var judge = _discriminator.Judge(_state.Weights, Type);
        Tensor loss = functional.softplus(judge(picture, degraded).Minus(judge(truth, degraded))).mean();
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
