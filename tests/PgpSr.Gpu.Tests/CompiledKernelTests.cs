using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text;
using ILGPU;
using PgpSr.Gpu.Kernels;
using PgpSr.Testing;

namespace PgpSr.Gpu.Tests;

/// <summary>Kernels that were compiled beforehand: they are what the sources give, and take what the structs hold.</summary>
public sealed class CompiledKernelTests
{
    public static IEnumerable<TheoryDataRow<string>> Names =>
        KernelInstances.All.Select(kernel => new TheoryDataRow<string>(CompiledKernels.NameOf(kernel)));

    [Fact]
    public void What_the_assembly_carries_is_what_the_sources_give()
    {
#if DEBUG
        Assert.Skip("kernels are compiled from the instructions of a Release build");
#endif
        var set = KernelSet.Compile();
        const string Advice = "run tools/PgpSr.Gpu.Kernels and commit what it writes";
        foreach (var (expected, kernel) in set.Manifest.Split('\n').Where(line => line.Length > 0 && line[0] != '#').Zip(CompiledKernels.All))
            Assert.True(expected == kernel.Format(), $"{kernel.Name}: {Advice}");
        Assert.Equal(KernelInstances.All.Count(), CompiledKernels.All.Count);
        Assert.True(set.OpenClTexts == Joined(CompiledKernels.All.Where(k => !k.OpenClText.IsAbsent).Select(k => k.OpenCl)), Advice);
        Assert.True(set.PtxTexts == Joined(CompiledKernels.All.Where(k => !k.PtxText.IsAbsent).Select(k => k.Ptx)), Advice);
    }

    /// <summary>The same in a moment, and the kernel by its name.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Its_instructions_are_those_that_were_compiled(string name)
    {
#if DEBUG
        Assert.Skip("kernels are compiled from the instructions of a Release build");
#endif
        var type = KernelInstances.All.Single(kernel => CompiledKernels.NameOf(kernel) == name);
        Assert.True(
            KernelInstructions.Hash(type) == CompiledKernels.All.Single(kernel => kernel.Name == name).Source,
            "changed since it was compiled: run tools/PgpSr.Gpu.Kernels and commit what it writes");
    }

    [Fact]
    public void A_group_of_another_size_than_a_kernels_is_refused()
    {
        var tiled = CompiledKernels.All.First(kernel => kernel.GroupThreads > 0);
        tiled.CheckGroup(tiled.GroupThreads);
        Assert.Throws<NotSupportedException>(() => tiled.CheckGroup(2 * tiled.GroupThreads));
        CompiledKernels.All.First(kernel => kernel.GroupThreads == 0).CheckGroup(32);
    }

    [Fact]
    public void Every_kernel_of_the_backend_is_compiled()
    {
        var all = typeof(GpuBackend).Assembly.GetTypes().Where(type => type.IsValueType && type.IsAssignableTo(typeof(IKernel)));
        var compiled = KernelInstances.OpenCl.Select(type => type.IsGenericType ? type.GetGenericTypeDefinition() : type).ToHashSet();
        Assert.All(all, kernel => Assert.Contains(kernel, compiled));
    }

    /// <summary>Each field gets a number of its own; the block of arguments must hold them where and as what the compiled text reads them.</summary>
    [Theory]
    [MemberData(nameof(Names))]
    public void Arguments_are_the_fields_in_their_order(string name)
    {
        var type = KernelInstances.All.Single(kernel => CompiledKernels.NameOf(kernel) == name);
        var compiled = CompiledKernels.All.Single(kernel => kernel.Name == name);
        object boxed = RuntimeHelpers.GetUninitializedObject(type);
        int next = 1;
        Number(boxed, ref next);
        var block = new byte[compiled.ArgumentBytes];
        var arguments = new KernelArguments(compiled.Fields, block, new IntPtr[compiled.Fields.Length], separateViews: true);
        ((IKernel)boxed).Write(ref arguments);
        arguments.CheckComplete();
        Assert.Equal(next - 1, compiled.Fields.Length);
        for (int i = 0; i < compiled.Fields.Length; i++)
        {
            var (kind, at) = compiled.Fields[i];
            double found = kind switch
            {
                KernelFieldKind.View => BitConverter.ToInt64(block, at + 8),
                KernelFieldKind.Int => BitConverter.ToInt32(block, at),
                _ => BitConverter.ToSingle(block, at),
            };
            Assert.Equal(i + 1, found);
        }
    }

    static string Joined(IEnumerable<ReadOnlyMemory<byte>> texts) =>
        string.Concat(texts.Select(text => Encoding.ASCII.GetString(text.Span)));

    // Fields are filled depth first, as ILGPU flattens them. A view has its number as its length.
    static void Number(object boxed, ref int next)
    {
        foreach (var field in boxed.GetType().GetFields(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic).OrderBy(f => f.MetadataToken))
        {
            object value;
            if (field.FieldType == typeof(int)) value = next++;
            else if (field.FieldType == typeof(float)) value = (float)next++;
            else if (field.FieldType.IsGenericType && field.FieldType.GetGenericTypeDefinition() == typeof(ArrayView<>))
                value = Activator.CreateInstance(field.FieldType, null, 0L, (long)next++)!;
            else Number(value = RuntimeHelpers.GetUninitializedObject(field.FieldType), ref next);
            field.SetValue(boxed, value);
        }
    }
}
