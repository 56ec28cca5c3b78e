using System.CommandLine;
using System.Globalization;
using PgpSr.Pruning;

namespace PgpSr.CommandLine.Pruning;

/// <summary>The option of commands that count multiply-accumulates: <c>--size</c>.</summary>
sealed class CountSideOption
{
    // A thousand million pixels, the largest picture that is read by default.
    const int Most = 1 << 15;

    readonly Option<int> _size = new("--size")
    {
        Description = "side of the result for which multiply-accumulates are counted",
        DefaultValueFactory = _ => new PruneOptions().CountSide,
        HelpName = "PIXELS",
    };

    public CountSideOption(Command command)
    {
        _size.Between(1, Most);
        command.Options.Add(_size);
    }

    /// <summary>The side, in pixels of the result.</summary>
    /// <exception cref="CommandException">The models' results have no such side.</exception>
    public int Read(ParseResult arguments, params ReadOnlySpan<Checkpoint> models)
    {
        int side = arguments.GetValue(_size);
        foreach (Checkpoint model in models)
        {
            int least = ModelTree.SmallestSide(model);
            if (side < least) Throw.Usage(string.Create(CultureInfo.InvariantCulture, $"--size {side}: must be {least} or more for this model"));
        }
        return side;
    }
}
