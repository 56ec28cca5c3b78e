using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using PgpSr.Tensors;
using PgpSr.Testing;

namespace PgpSr.Models.Tests;

/// <summary>
/// Every tensor and shape of each published configuration, as approved: a change of topology is a readable difference. Set PGPSR_APPROVE=1 to write
/// the files anew. The lists of SDXL, its autoencoder, the text encoders and FaithDiff were made from the published checkpoints' headers.
/// </summary>
public sealed class StateDictTests
{
    static readonly Dictionary<string, Func<ImmutableArray<TensorDeclaration>>> s_configurations = new()
    {
        ["sdxl_unet"] = () => Unet.Declare(UnetConfig.Sdxl),
        ["sdxl_vae"] = () => AutoencoderKl.Declare(AutoencoderConfig.Sdxl),
        ["clip_l"] = () => ClipTextEncoder.Declare(ClipConfig.VitL),
        ["clip_bigg"] = () => ClipTextEncoder.Declare(ClipConfig.VitBigG),
        ["faithdiff"] = () => FaithDiffModel.Declare(FaithDiffConfig.Released),
        ["taesd"] = () => TinyAutoencoder.Declare(TinyAutoencoderConfig.Taesd),
        ["clip_h_text"] = () => ClipTextEncoder.Declare(ClipConfig.VitH),
        ["rrdbnet_x4plus"] = () => RrdbNet.Declare(RrdbConfig.X4),
        ["rrdbnet_x2plus"] = () => RrdbNet.Declare(new RrdbConfig(2)),
        ["rrdbnet_anime_6b"] = () => RrdbNet.Declare(new RrdbConfig(4, Blocks: 6)),
        ["srvgg_x4v3"] = () => SrVggNet.Declare(new SrVggConfig()),
        ["srvgg_animevideov3"] = () => SrVggNet.Declare(new SrVggConfig(Convolutions: 16)),
        ["pruned_coarse"] = () => Unet.Declare(Topologies.Coarse),
        ["pruned_pairs"] = () => Unet.Declare(Topologies.PairsRemoved),
        ["faithdiff_phase_stem"] = () => FaithDiffModel.Declare(new FaithDiffConfig { Unet = Topologies.PairsRemoved, Phase = PhasePlacement.Stem }),
        ["tiny_phase_decoder"] = () => FaithDiffModel.Declare(new FaithDiffConfig
        {
            Unet = Topologies.Tiny, Phase = PhasePlacement.Decoder, LqEncoder = new AutoencoderConfig { Channels = [32, 512], LayersPerBlock = 1 },
        }),
    };

    public static TheoryData<string> Names() => [.. s_configurations.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Tensors_and_shapes_are_the_approved_ones(string name)
    {
        var tensors = s_configurations[name]();
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{tensors.Length} tensors, {tensors.Parameters()} parameters\n");
        foreach (var tensor in tensors.OrderBy(t => t.Name, StringComparer.Ordinal))
            text.Append(CultureInfo.InvariantCulture, $"{tensor.Name} {Axes(tensor.Shape)}\n");
        string path = Path.Combine(Goldens.RepositoryRoot, "tests", "PgpSr.Models.Tests", "Approved", $"{name}.txt");
        if (Environment.GetEnvironmentVariable("PGPSR_APPROVE") == "1") File.WriteAllText(path, text.ToString());
        Assert.Equal(File.ReadAllText(path), text.ToString());
    }

    [Theory]
    [InlineData(nameof(Topologies.Coarse), 1609.05)]
    [InlineData(nameof(Topologies.PairsRemoved), 1081.67)]
    [InlineData(nameof(Topologies.Koala1B), 1161.18)]
    [InlineData(nameof(Topologies.Ssd1B), 1300)]
    public void Pruned_forms_have_their_known_number_of_parameters(string name, double millions)
    {
        var config = (UnetConfig)typeof(Topologies).GetProperty(name)!.GetValue(null)!;
        Assert.Equal(millions, Unet.Declare(config).Parameters() / 1e6, millions == Math.Floor(millions) ? 0.5 : 0.005);
    }

    [Fact]
    public void Published_parameter_counts()
    {
        Assert.Equal(2_567_463_684, Unet.Declare(UnetConfig.Sdxl).Parameters());
        Assert.Equal(83_653_863, AutoencoderKl.Declare(AutoencoderConfig.Sdxl).Parameters());
        Assert.Equal(123_060_480, ClipTextEncoder.Declare(ClipConfig.VitL).Parameters());
        Assert.Equal(694_659_840, ClipTextEncoder.Declare(ClipConfig.VitBigG).Parameters());
        Assert.Equal(1_222_532 + 1_222_531, TinyAutoencoder.Declare(TinyAutoencoderConfig.Taesd).Parameters());
        Assert.Equal(340_387_840, ClipTextEncoder.Declare(ClipConfig.VitH).Parameters());
        Assert.Equal(16_697_987, RrdbNet.Declare(RrdbConfig.X4).Parameters());
        Assert.Equal(2_567_463_684 + 44_734_208, FaithDiffModel.Declare(FaithDiffConfig.Released).Parameters());
    }

    static string Axes(Shape shape) => string.Join('x', Enumerable.Range(0, shape.Rank).Select(i => shape[i]));
}
