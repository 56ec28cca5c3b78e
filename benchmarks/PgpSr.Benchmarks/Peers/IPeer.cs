namespace PgpSr.Benchmarks;

/// <summary>A named implementation of works: our kernel sets, ONNX Runtime, libtorch.</summary>
interface IPeer : IDisposable
{
    /// <summary>Short name, as the command line has it.</summary>
    string Name { get; }

    /// <summary>Whether it rounds factors to bfloat16.</summary>
    bool Rounds => false;

    /// <summary>Name and version of the library behind it.</summary>
    string Version { get; }

    /// <summary>
    /// The forms in which this peer can do the work (a fused operator, another layout, ...), none if it cannot. The fastest is kept, so that a peer is
    /// never judged by a form that its own users would not choose.
    /// </summary>
    IEnumerable<string> Forms(Work work);

    /// <summary>The work in one of its forms; null, and why on the error stream, where this machine cannot.</summary>
    PreparedWork? Prepare(Work work, string form, int threads);

    /// <summary>Gives back what the library holds, where that is anything.</summary>
    void IDisposable.Dispose()
    {
    }
}
