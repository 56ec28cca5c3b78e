using TorchSharp;

namespace PgpSr.KernelBench.Torch;

/// <summary>A libtorch operation on tensors that live as long as it.</summary>
sealed class TorchWork(string form, torch.Tensor[] owned, Func<torch.Tensor> operation, Func<torch.Tensor, torch.Tensor> toChannelsLast)
    : IPreparedWork
{
    torch.Tensor? _output;

    public string Form => form;

    public void Run()
    {
        // libtorch's allocator hands the block of the last output out again.
        _output?.Dispose();
        _output = operation();
    }

    public float[] Result()
    {
        using torch.Tensor ordered = toChannelsLast(_output!.to(torch.ScalarType.Float32)).contiguous();
        return ordered.data<float>().ToArray();
    }

    public void Dispose()
    {
        _output?.Dispose();
        foreach (torch.Tensor tensor in owned) tensor.Dispose();
    }
}
