using System.Globalization;

namespace PgpSr.Gpu;

/// <summary>A kernel that was compiled beforehand: a line of the manifest.</summary>
/// <param name="Name">Its struct's name.</param>
/// <param name="EntryPoint">The name of its function in its text.</param>
/// <param name="SharedBytes">Shared memory of a group.</param>
/// <param name="Fields">Its arguments.</param>
/// <param name="ArgumentBytes">The block that they lie in.</param>
/// <param name="OpenClText">Where its text begins and ends among those of OpenCL.</param>
/// <param name="OpenClHash">The first half of its SHA-256.</param>
sealed record CompiledKernel(
    string Name, string EntryPoint, int SharedBytes, KernelField[] Fields, int ArgumentBytes, Range OpenClText, string OpenClHash)
{
    /// <summary>More than any kernel takes; what is larger is a damaged manifest.</summary>
    const int MostArgumentBytes = 4096;

    public ReadOnlyMemory<byte> OpenCl => CompiledKernels.OpenCl(OpenClText);

    /// <summary>The line that <see cref="Parse"/> reads.</summary>
    public string Format() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name}\t{EntryPoint}\t{SharedBytes}\t{ArgumentBytes}\t{FormatFields()}\t{OpenClText.Start.Value}\t{OpenClText.End.Value}\t{OpenClHash}");

    /// <exception cref="InvalidDataException">The line is none of a manifest.</exception>
    public static CompiledKernel Parse(string line)
    {
        string[] cells = line.Split('\t');
        if (cells.Length != 8) throw Damaged(line);
        int bytes = Number(cells[3], line);
        var fields = cells[4].Split(' ').Select(cell => ParseField(cell, bytes, line)).ToArray();
        if (bytes > MostArgumentBytes) throw Damaged(line);
        return new(cells[0], cells[1], Number(cells[2], line), fields, bytes, Number(cells[5], line)..Number(cells[6], line), cells[7]);
    }

    string FormatFields() => string.Join(
        ' ', Fields.Select(f => string.Create(CultureInfo.InvariantCulture, $"{f.Kind switch { KernelFieldKind.View => 'v', KernelFieldKind.Int => 'i', _ => 'f' }}{f.Offset}")));

    static KernelField ParseField(string cell, int block, string line)
    {
        var kind = cell.Length < 2 ? throw Damaged(line) : cell[0] switch
        {
            'v' => KernelFieldKind.View,
            'i' => KernelFieldKind.Int,
            'f' => KernelFieldKind.Float,
            _ => throw Damaged(line),
        };
        int offset = Number(cell[1..], line);
        return offset + (kind == KernelFieldKind.View ? 16 : 4) <= block ? new(kind, offset) : throw Damaged(line);
    }

    static int Number(string cell, string line) =>
        int.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : throw Damaged(line);

    static InvalidDataException Damaged(string line) => new($"'{line}' is not a line of a manifest of kernels");
}
