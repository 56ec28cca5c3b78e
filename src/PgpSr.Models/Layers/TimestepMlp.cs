using PgpSr.Tensors;

namespace PgpSr.Models;

// Embedding vectors through linear_1 > silu > linear_2: SDXL's time_embedding and add_embedding.
sealed class TimestepMlp(Linear linear1, Linear linear2)
{
    public static TimestepMlp Load(WeightScope w, int inputs, int outputs) =>
        new(Linear.Load(w["linear_1"], inputs, outputs), Linear.Load(w["linear_2"], outputs, outputs));

    public Tensor Forward(Workspace ws, Tensor x, in Epilogue epilogue = default)
    {
        using var scope = ws.Scope(nameof(TimestepMlp));
        return scope.Return(linear2.Forward(ws, linear1.Forward(ws, x, new Epilogue(Activation.Silu)), epilogue));
    }
}
