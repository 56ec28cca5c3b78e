using Microsoft.ML.OnnxRuntime;

namespace PgpSr.Benchmarks;

/// <summary>A tensor of ONNX Runtime's.</summary>
readonly record struct OrtTensor(string Name, float[] Values, long[] Shape);

/// <summary>A session over one model, its inputs and output allocated once.</summary>
sealed class OrtWork : PreparedWork
{
    readonly InferenceSession _session;
    readonly RunOptions _runOptions = new();
    readonly string[] _inputNames;
    readonly OrtValue[] _inputs;
    readonly string[] _outputNames;
    readonly OrtValue[] _outputs;
    readonly float[] _output;
    readonly Func<float[], float[]> _toChannelsLast;

    public OrtWork(string form, byte[] model, SessionOptions options, OrtTensor[] inputs, OrtTensor output, Func<float[], float[]> toChannelsLast)
        : base(form)
    {
        _session = new InferenceSession(model, options);
        _inputNames = [.. inputs.Select(i => i.Name)];
        _inputs = [.. inputs.Select(i => OrtValue.CreateTensorValueFromMemory(i.Values, i.Shape))];
        _output = output.Values;
        _outputNames = [output.Name];
        _outputs = [OrtValue.CreateTensorValueFromMemory(output.Values, output.Shape)];
        _toChannelsLast = toChannelsLast;
    }

    public override void Run() => _session.Run(_runOptions, _inputNames, _inputs, _outputNames, _outputs);

    public override float[] Result() => _toChannelsLast(_output);

    public override void Dispose()
    {
        foreach (OrtValue value in _inputs) value.Dispose();
        foreach (OrtValue value in _outputs) value.Dispose();
        _runOptions.Dispose();
        _session.Dispose();
    }
}
