using System.Collections.Immutable;

namespace PgpSr.Models;

/// <summary>What is known of an <see cref="IPixelUpscaler"/> before it is loaded.</summary>
interface IPixelUpscalerConfig
{
    /// <summary>How many times larger the result is.</summary>
    int Scale { get; }

    /// <summary>The publishers' name of the network, and its sizes.</summary>
    string Description { get; }

    /// <summary>Pixels of the source, in each direction, that a pixel of the result may depend on.</summary>
    int Radius { get; }

    /// <summary>Every tensor that the network needs, in the order of loading.</summary>
    ImmutableArray<TensorDeclaration> Declare();
}
