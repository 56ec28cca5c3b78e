using Microsoft.ML.OnnxRuntime;
using PgpSr.Tensors;

namespace PgpSr.Onnx.Tests;

/// <summary>A tensor for ONNX Runtime, made channels last.</summary>
sealed record RuntimeTensor(string Name, Shape Shape, float[] ChannelsLast)
{
    public static RuntimeTensor Random(string name, Shape shape, int seed)
    {
        var random = new Random(seed);
        var values = new float[shape.Count];
        for (int i = 0; i < values.Length; i++) values[i] = 2 * random.NextSingle() - 1;
        return new(name, shape, values);
    }

    public OrtValue ToRuntime()
    {
        if (Shape.Rank != 4) return OrtValue.CreateTensorValueFromMemory(ChannelsLast, [.. Enumerable.Range(0, Shape.Rank).Select(axis => (long)Shape[axis])]);
        var values = new float[ChannelsLast.Length];
        Tensors.ChannelsLast.ToChannelsFirst(ChannelsLast, Shape[0], Shape[3], Shape[1] * Shape[2], values);
        return OrtValue.CreateTensorValueFromMemory(values, [Shape[0], Shape[3], Shape[1], Shape[2]]);
    }

    /// <summary>Root mean square, relative.</summary>
    public static double Difference(float[] found, float[] expected)
    {
        Assert.Equal(expected.Length, found.Length);
        double error = 0, norm = 0;
        for (int i = 0; i < expected.Length; i++)
        {
            error += Math.Pow(found[i] - (double)expected[i], 2);
            norm += Math.Pow(expected[i], 2);
        }
        Assert.True(norm > 0 && double.IsFinite(norm));
        return Math.Sqrt(error / norm);
    }
}

/// <summary>A session of ONNX Runtime, one thread.</summary>
sealed class RuntimeModel : IDisposable
{
    readonly SessionOptions _options = new() { IntraOpNumThreads = 1, InterOpNumThreads = 1, LogSeverityLevel = OrtLoggingLevel.ORT_LOGGING_LEVEL_ERROR };
    readonly InferenceSession _session;

    public RuntimeModel(byte[] model) => _session = new InferenceSession(model, _options);

    public RuntimeModel(string path) => _session = new InferenceSession(path, _options);

    /// <summary>The one result, channels last.</summary>
    public float[] Run(IReadOnlyList<RuntimeTensor> inputs, Shape expected)
    {
        OrtValue[] values = [.. inputs.Select(input => input.ToRuntime())];
        using var run = new RunOptions();
        using var results = _session.Run(run, [.. inputs.Select(input => input.Name)], values, _session.OutputNames);
        float[] found = results[0].GetTensorDataAsSpan<float>().ToArray();
        foreach (OrtValue value in values) value.Dispose();
        Assert.Equal([expected[0], expected[3], expected[1], expected[2]], results[0].GetTensorTypeAndShape().Shape.Select(size => (int)size));
        var last = new float[found.Length];
        ChannelsLast.FromChannelsFirst(found, expected[0], expected[3], expected[1] * expected[2], last);
        return last;
    }

    public void Dispose()
    {
        _session.Dispose();
        _options.Dispose();
    }
}
