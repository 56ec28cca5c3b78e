using Microsoft.ML.OnnxRuntime;

namespace PgpSr.KernelBench;

/// <summary>A session over one small model, its inputs and output allocated once.</summary>
sealed class OrtWork : IPreparedWork
{
    readonly InferenceSession _session;
    readonly RunOptions _runOptions = new();
    readonly string[] _inputNames;
    readonly OrtValue[] _inputs;
    readonly string[] _outputNames;
    readonly OrtValue[] _outputs;
    readonly float[] _output;
    readonly Func<float[], float[]> _toChannelsLast;

    public OrtWork(string form, byte[] model, SessionOptions options, (string Name, float[] Values, long[] Shape)[] inputs,
        (string Name, float[] Values, long[] Shape) output, Func<float[], float[]> toChannelsLast)
    {
        Form = form;
        _session = new InferenceSession(model, options);
        _inputNames = [.. inputs.Select(i => i.Name)];
        _inputs = [.. inputs.Select(i => OrtValue.CreateTensorValueFromMemory(i.Values, i.Shape))];
        _output = output.Values;
        _outputNames = [output.Name];
        _outputs = [OrtValue.CreateTensorValueFromMemory(output.Values, output.Shape)];
        _toChannelsLast = toChannelsLast;
    }

    public string Form { get; }

    public void Run() => _session.Run(_runOptions, _inputNames, _inputs, _outputNames, _outputs);

    public float[] Result() => _toChannelsLast(_output);

    public void Dispose()
    {
        foreach (OrtValue value in _inputs) value.Dispose();
        foreach (OrtValue value in _outputs) value.Dispose();
        _runOptions.Dispose();
        _session.Dispose();
    }
}
