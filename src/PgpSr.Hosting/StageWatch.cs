using System.Diagnostics;
using Microsoft.Extensions.Logging;
using PgpSr.Managed;

namespace PgpSr.Hosting;

/// <summary>Hears a run's progress on its way to the caller: stages become events, and the most memory is remembered.</summary>
sealed class StageWatch(IProgress<UpscaleProgress>? next, Activity? activity, ILogger logger) : IProgress<UpscaleProgress>
{
    UpscaleStage? _stage;

    public long PeakBytes { get; private set; }

    public void Report(UpscaleProgress value)
    {
        PeakBytes = Math.Max(PeakBytes, value.BytesInUse);
        if (_stage != value.Stage)
        {
            _stage = value.Stage;
            string name = value.Stage.ToString();
            var tags = new ActivityTagsCollection { ["pgpsr.tiles"] = value.Tiles, ["pgpsr.bytes"] = value.BytesInUse };
            activity?.AddEvent(new ActivityEvent(name, tags: tags));
            Log.Stage(logger, name, value.Tiles, value.BytesInUse);
        }
        next?.Report(value);
    }
}
