namespace PgpSr.Managed;

/// <summary>A run does not fit its memory budget, even with the smallest tiles. Thrown before anything is computed.</summary>
public sealed class MemoryBudgetException : PgpSrException
{
    internal MemoryBudgetException(string message, long budgetBytes, long smallestBytes)
        : base(message)
    {
        BudgetBytes = budgetBytes;
        SmallestBytes = smallestBytes;
    }

    /// <summary>The budget in bytes.</summary>
    public long BudgetBytes { get; }

    /// <summary>The smallest budget that would suffice.</summary>
    public long SmallestBytes { get; }
}
