using System.Reflection;
using PgpSr.Tensors;
using Xunit.Sdk;
using Xunit.v3;

namespace PgpSr.Conformance;

/// <summary>Every combination of activation, per-channel term and residual.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CombinatorialEpiloguesAttribute : DataAttribute
{
    /// <inheritdoc/>
    public override ValueTask<IReadOnlyCollection<ITheoryDataRow>> GetData(MethodInfo testMethod, DisposalTracker disposalTracker) =>
        new([.. from activation in Enum.GetValues<Activation>()
                from perChannel in new[] { false, true }
                from residual in new[] { false, true }
                select new TheoryDataRow(activation, perChannel, residual)]);

    /// <inheritdoc/>
    public override bool SupportsDiscoveryEnumeration() => true;
}
