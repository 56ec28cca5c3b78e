using System.Globalization;
using PgpSr.Pruning;

namespace PgpSr.CommandLine.Pruning;

/// <summary>The status line of a checkpoint that is being written.</summary>
sealed class ByteProgress(CommandContext context) : IProgress<RewriteProgress>
{
    public void Report(RewriteProgress value) =>
        context.Console.Status(string.Create(CultureInfo.InvariantCulture,
            $"writing {value.What}: {ByteSize.Format(value.Bytes)} of {ByteSize.Format(value.TotalBytes)}"));
}
