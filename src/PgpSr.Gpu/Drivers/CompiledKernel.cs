using System.Globalization;

namespace PgpSr.Gpu;

/// <summary>A kernel that was compiled beforehand: a line of the manifest.</summary>
/// <param name="Name">Its struct's name.</param>
/// <param name="EntryPoint">The name of its function in its text.</param>
/// <param name="Source">The first half of the SHA-256 of the instructions that it was compiled from.</param>
/// <param name="GroupThreads">Threads of a group; 0 for any power of two.</param>
/// <param name="SharedBytes">Shared memory of a group.</param>
/// <param name="Fields">Its arguments.</param>
/// <param name="ArgumentBytes">The block that they lie in.</param>
/// <param name="OpenClText">Its OpenCL C; absent for kernels of instructions that only CUDA has.</param>
/// <param name="PtxText">Its PTX for compute capability 7.5, with a zero at its end; absent for kernels that no CUDA device needs.</param>
sealed record CompiledKernel(
    string Name, string EntryPoint, string Source, int GroupThreads, int SharedBytes, KernelField[] Fields, int ArgumentBytes, KernelText OpenClText,
    KernelText PtxText)
{
    /// <summary>More than any kernel takes; what is larger is a damaged manifest.</summary>
    const int MostArgumentBytes = 4096;

    public ReadOnlyMemory<byte> OpenCl => CompiledKernels.OpenCl(Existing(OpenClText).Range);

    public ReadOnlyMemory<byte> Ptx => CompiledKernels.Ptx(Existing(PtxText).Range);

    /// <summary>The line that <see cref="Parse"/> reads.</summary>
    public string Format() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Name}\t{EntryPoint}\t{Source}\t{GroupThreads}\t{SharedBytes}\t{ArgumentBytes}\t{FormatFields()}\t{OpenClText.Format()}\t{PtxText.Format()}");

    /// <exception cref="InvalidDataException">The line is none of a manifest.</exception>
    public static CompiledKernel Parse(string line)
    {
        string[] cells = line.Split('\t');
        if (cells.Length != 13) throw Damaged(line);
        int bytes = Number(cells[5], line);
        var fields = cells[6].Split(' ').Select(cell => ParseField(cell, bytes, line)).ToArray();
        if (bytes > MostArgumentBytes) throw Damaged(line);
        return new(cells[0], cells[1], cells[2], Number(cells[3], line), Number(cells[4], line), fields, bytes, Text(7), Text(10));

        KernelText Text(int cell) => new(Number(cells[cell], line)..Number(cells[cell + 1], line), cells[cell + 2]);
    }

    /// <exception cref="NotSupportedException">Groups of this size are not what it was written for.</exception>
    public void CheckGroup(int threads)
    {
        if (GroupThreads > 0 && threads != GroupThreads) throw new NotSupportedException($"the kernel {Name} is for groups of {GroupThreads} threads, not {threads}");
    }

    string FormatFields() => string.Join(
        ' ', Fields.Select(f => string.Create(CultureInfo.InvariantCulture, $"{Letter(f.Kind)}{f.Offset}")));

    static char Letter(KernelFieldKind kind) => kind switch { KernelFieldKind.View => 'v', KernelFieldKind.Int => 'i', _ => 'f' };

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

    KernelText Existing(KernelText text) => text.IsAbsent
        ? throw new NotSupportedException($"the kernel {Name} was not compiled for this kind of device")
        : text;

    static int Number(string cell, string line) =>
        int.TryParse(cell, NumberStyles.None, CultureInfo.InvariantCulture, out int value) ? value : throw Damaged(line);

    static InvalidDataException Damaged(string line) => new($"'{line}' is not a line of a manifest of kernels");
}

/// <summary>A text of a kernel: its place among all of its kind, and the first half of its SHA-256.</summary>
readonly record struct KernelText(Range Range, string Hash)
{
    /// <summary>There is none.</summary>
    public bool IsAbsent => Range.Start.Value == Range.End.Value;

    public string Format() => string.Create(CultureInfo.InvariantCulture, $"{Range.Start.Value}\t{Range.End.Value}\t{Hash}");
}
