using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Testing;

/// <summary>The convolutional upscalers of golden cases, with generated weights.</summary>
static class PixelUpscalers
{
    /// <summary>A case's network.</summary>
    public static IPixelUpscaler Load(GoldenCase golden, Backend backend)
    {
        ArgumentNullException.ThrowIfNull(golden);
        int Number(string key) => golden.Config.GetProperty(key).GetInt32();
        if (golden.Kind == GoldenKinds.RrdbNet)
        {
            var rrdb = new RrdbConfig(Number("scale"), Number("num_feat"), Number("num_block"), Number("num_grow_ch"));
            using var source = new GeneratedSource(golden.Seed, RrdbNet.Declare(rrdb));
            return RrdbNet.Load(source, backend, rrdb);
        }
        var activation = golden.Config.GetProperty("act_type").GetString() switch
        {
            "prelu" => SrVggActivation.PRelu,
            "relu" => SrVggActivation.Relu,
            _ => SrVggActivation.LeakyRelu,
        };
        var config = new SrVggConfig(Number("upscale"), Number("num_feat"), Number("num_conv"), activation);
        using var weights = new GeneratedSource(golden.Seed, SrVggNet.Declare(config));
        return SrVggNet.Load(weights, backend, config);
    }
}
