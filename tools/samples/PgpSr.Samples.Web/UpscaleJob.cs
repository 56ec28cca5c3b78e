using PgpSr.Hosting;
using PgpSr.Managed;

namespace PgpSr.Samples.Web;

/// <summary>An upload that is worked on after its request has been answered.</summary>
sealed class UpscaleJob : IProgress<UpscaleProgress>
{
    readonly CancellationTokenSource _cancel = new();
    volatile string _state = "waiting";
    double _fraction;

    /// <summary>waiting, running, done, failed or cancelled.</summary>
    public string State => _state;

    /// <summary>What of the work is done, 0 to 1.</summary>
    public double Fraction => Volatile.Read(ref _fraction);

    /// <summary>Why it failed.</summary>
    public string Message { get; private set; } = "";

    /// <summary>The picture, where it is done.</summary>
    public byte[] Result { get; private set; } = [];

    /// <summary>Reads the upload and begins.</summary>
    public static async Task<UpscaleJob> BeginAsync(IUpscaler upscaler, Stream upload, CancellationToken aborted)
    {
        var picture = new MemoryStream();
        await upload.CopyToAsync(picture, aborted);
        picture.Position = 0;
        var job = new UpscaleJob();
        _ = job.RunAsync(upscaler, picture);
        return job;
    }

    /// <summary>Stops the run, or its waiting.</summary>
    public void Cancel() => _cancel.Cancel();

    /// <inheritdoc/>
    public void Report(UpscaleProgress value)
    {
        _state = "running";
        Volatile.Write(ref _fraction, value.Fraction);
    }

    async Task RunAsync(IUpscaler upscaler, Stream picture)
    {
        try
        {
            using var result = new MemoryStream();
            await upscaler.UpscaleStreamAsync(picture, result, progress: this, cancellation: _cancel.Token);
            Result = result.ToArray();
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
    }
}
