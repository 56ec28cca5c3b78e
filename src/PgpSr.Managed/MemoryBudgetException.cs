namespace PgpSr.Managed;

/// <summary>A run does not fit its memory budget, with the smallest tiles either. Thrown before anything is computed.</summary>
public sealed class MemoryBudgetException : PgpSrException
{
    internal MemoryBudgetException(string message, long budgetBytes, long smallestBytes)
        : base(message)
    {
        BudgetBytes = budgetBytes;
        SmallestBytes = smallestBytes;
    }

    /// <summary>What the run may hold.</summary>
    public long BudgetBytes { get; }

    /// <summary>The smallest budget that would do.</summary>
    public long SmallestBytes { get; }
}
