using TorchSharp;

namespace PgpSr.Benchmarks;

/// <summary>A libtorch operation on tensors that live as long as it.</summary>
sealed class TorchWork(string form, torch.Tensor[] owned, Func<torch.Tensor> operation, Func<torch.Tensor, torch.Tensor> toChannelsLast)
    : PreparedWork(form)
{
    torch.Tensor? _output;

    public override void Run()
    {
        // libtorch's allocator hands the block of the last output out again.
        _output?.Dispose();
        _output = operation();
    }

    public override float[] Result()
    {
        using torch.Tensor ordered = toChannelsLast(_output!.to(torch.ScalarType.Float32)).contiguous().cpu();
        return ordered.data<float>().ToArray();
    }

    public override void Dispose()
    {
        _output?.Dispose();
        foreach (torch.Tensor tensor in owned) tensor.Dispose();
    }
}
