using System.Globalization;

namespace PgpSr.Training;

/// <summary>One line of the log.</summary>
sealed record LogLine(long Step, double Seconds, double Loss, double LearningRate, double Gradient, double CropsPerSecond, double PixelsPerSecond, long Pixels, Scores? Scores);

/// <summary>The run's CSV file, appended to, and its progress on the console.</summary>
sealed class TrainingLog : IDisposable
{
    const string Header = "step,seconds,loss,learning_rate,gradient_norm,crops_per_second,clean_psnr,clean_bicubic,degraded_psnr,degraded_bicubic";
    readonly StreamWriter _file;

    public TrainingLog(string path)
    {
        bool fresh = !File.Exists(path);
        _file = new StreamWriter(path, append: true) { AutoFlush = true };
        if (fresh) _file.WriteLine(Header);
    }

    public void Write(LogLine line, double secondsLeft)
    {
        string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
        var s = line.Scores;
        string scores = s is null ? ",,," : Text($"{s.Clean:F3},{s.CleanBicubic:F3},{s.Degraded:F3},{s.DegradedBicubic:F3}");
        _file.WriteLine(Text($"{line.Step},{line.Seconds:F1},{line.Loss:F6},{line.LearningRate:E3},{line.Gradient:F4},{line.CropsPerSecond:F2},") + scores);
        string gain = s is null ? "" : Text($"  PSNR-Y clean {s.Clean:F2} ({s.Clean - s.CleanBicubic:+0.00;-0.00} on bicubic), degraded {s.Degraded:F2} ({s.Degraded - s.DegradedBicubic:+0.00;-0.00})");
        Console.WriteLine(Text($"step {line.Step}  loss {line.Loss:F5}  lr {line.LearningRate:E1}  |g| {line.Gradient:F3}  {line.CropsPerSecond:F1} crops/s  {line.PixelsPerSecond / 1e3:F1} kpx/s, {line.Pixels / 1e6:F0} Mpx seen  left {TimeSpan.FromSeconds(secondsLeft):hh\\:mm\\:ss}") + gain);
    }

    public void Dispose() => _file.Dispose();
}
