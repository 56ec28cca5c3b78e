using PgpSr.Hosting;
using PgpSr.Managed;

namespace PgpSr.Samples.Web;

/// <summary>An upload that is worked on after its request has been answered. Upload and result are files: memory is for the run.</summary>
sealed class UpscaleJob : IProgress<UpscaleProgress>
{
    readonly CancellationTokenSource _cancel = new();
    readonly string _upload = Path.Combine(Path.GetTempPath(), $"pgpsr-job-{Guid.NewGuid():N}");
    volatile string _state = "waiting";
    double _fraction;
    Task _run = Task.CompletedTask;

    /// <summary>waiting, running, done, failed or cancelled.</summary>
    public string State => _state;

    /// <summary>What of the work is done, 0 to 1.</summary>
    public double Fraction => Volatile.Read(ref _fraction);

    /// <summary>Why it failed.</summary>
    public string Message { get; private set; } = "";

    /// <summary>The file of the result, where the job is done.</summary>
    public string Result => $"{_upload}.png";

    /// <summary>Reads the upload and begins.</summary>
    /// <exception cref="UpscalerQueueFullException">Too many runs wait already.</exception>
    public static async Task<UpscaleJob> BeginAsync(IUpscaler upscaler, Stream upload, CancellationToken aborted)
    {
        var job = new UpscaleJob();
        try
        {
            await using (FileStream file = File.Create(job._upload)) await upload.CopyToAsync(file, aborted);
            await job.StartAsync(upscaler);
            return job;
        }
        catch
        {
            File.Delete(job._upload);
            throw;
        }
    }

    /// <summary>Stops the run, or its waiting, and deletes the files.</summary>
    public async Task RemoveAsync()
    {
        await _cancel.CancelAsync();
        await _run;
        File.Delete(Result);
    }

    /// <inheritdoc/>
    public void Report(UpscaleProgress value)
    {
        _state = "running";
        Volatile.Write(ref _fraction, value.Fraction);
    }

    // A full queue refuses at once; what goes wrong later is told by the job.
    async Task StartAsync(IUpscaler upscaler)
    {
        Task<UpscaleResult> run = upscaler.UpscaleFileAsync(_upload, Result, progress: this, cancellation: _cancel.Token);
        if (run.IsFaulted) await run;
        _run = FollowAsync(run);
    }

    async Task FollowAsync(Task run)
    {
        try
        {
            await run;
            _state = "done";
        }
        catch (OperationCanceledException)
        {
            _state = "cancelled";
        }
        catch (Exception e) // whatever it is, whoever asks for the job hears of it
        {
            Message = e.Message;
            _state = "failed";
        }
        finally
        {
            File.Delete(_upload);
        }
    }
}
