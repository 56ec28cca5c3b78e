using PgpSr.Tensors;

namespace PgpSr.Models;

/// <summary>Matrix product over the last axis, with or without bias.</summary>
sealed class Linear(PackedLinear weight)
{
    public static Linear Load(WeightScope w, int inputs, int outputs, bool bias = true) => new(w.Linear(inputs, outputs, bias));

    /// <summary>diffusers' GEGLU projection: outputs values and as many gates, multiplied.</summary>
    public static Linear LoadGeglu(WeightScope w, int inputs, int outputs) => new(w.Linear(inputs, outputs, form: LinearForm.Geglu));

    /// <param name="ws">Workspace.</param>
    /// <param name="x">[..., inputs].</param>
    /// <param name="epilogue">What joins the result.</param>
    /// <param name="type">Of the result, where a network begins or ends; null for x's.</param>
    public Tensor Forward(Workspace ws, Tensor x, in Epilogue epilogue = default, DType? type = null) => ws.Linear(x, weight, epilogue, type);
}
