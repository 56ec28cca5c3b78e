namespace PgpSr.CommandLine;

/// <summary>What the process returns. The numbers are part of the interface: scripts and schedulers depend on them.</summary>
enum ExitCode
{
    /// <summary>Everything asked for was done (or was already there, with <c>--skip-existing</c>).</summary>
    Ok = 0,

    /// <summary>Some inputs failed; the others were done. The end of the report names each and why.</summary>
    SomeFailed = 1,

    /// <summary>The command line is wrong; nothing was done.</summary>
    Usage = 2,

    /// <summary>There is no input: the file, folder or pattern matches nothing.</summary>
    NoInput = 3,

    /// <summary>The model cannot be used: unknown, missing, damaged, or not what its configuration says.</summary>
    Model = 4,

    /// <summary>The work does not fit the memory budget, or the machine's memory.</summary>
    Memory = 5,

    /// <summary>The device cannot be used, or failed.</summary>
    Device = 6,

    /// <summary>The result could not be written: disk full, no permission, the names of two results collide.</summary>
    Output = 7,

    /// <summary>An error inside the program: a bug worth reporting.</summary>
    Internal = 70,

    /// <summary>Cancelled by Ctrl-C, SIGTERM or SIGHUP; no partial file is left.</summary>
    Cancelled = 130,
}

/// <summary>Exit codes in words.</summary>
static class ExitCodes
{
    /// <summary>What a code tells the user, for the man page.</summary>
    public static string Meaning(this ExitCode code) => code switch
    {
        ExitCode.Ok => "done",
        ExitCode.SomeFailed => "some inputs failed, and the end of the report says which and why; the others were done",
        ExitCode.Usage => "invalid command line; nothing was done",
        ExitCode.NoInput => "no input: the file, folder or pattern matches nothing",
        ExitCode.Model => "the model cannot be used: unknown, damaged, or its output is invalid",
        ExitCode.Memory => "does not fit the memory budget, or the memory of the machine or the device",
        ExitCode.Device => "the device cannot be used, or failed",
        ExitCode.Output => "the result could not be written, or exists",
        ExitCode.Internal => "an internal error",
        ExitCode.Cancelled => "cancelled by Ctrl-C, SIGTERM or SIGHUP; no partial file is left",
        _ => "",
    };
}
