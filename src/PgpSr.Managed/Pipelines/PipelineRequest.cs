namespace PgpSr.Managed;

/// <summary>What is asked of a pipeline.</summary>
/// <param name="Width">Columns of the source.</param>
/// <param name="Height">Rows of the source.</param>
/// <param name="TargetWidth">Columns wanted in the end; what a pipeline of fixed scale makes is resized to it.</param>
/// <param name="TargetHeight">Rows wanted in the end.</param>
/// <param name="Options">Steps, guidance, seed, tile, overlap, prompt.</param>
/// <param name="HeldBytes">What the caller holds during the run: pictures and strips. Counted against the budget.</param>
/// <param name="BudgetBytes">The most bytes of all: the caller's, the weights and the pipeline's own.</param>
sealed record PipelineRequest(int Width, int Height, int TargetWidth, int TargetHeight, UpscaleOptions Options, long HeldBytes, long BudgetBytes);
