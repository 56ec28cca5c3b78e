using System.Globalization;
using PgpSr.Imaging;

namespace PgpSr.Training;

/// <summary>NIQE's model of pristine photographs, and what pictures score by it.</summary>
static class NiqeTraining
{
    /// <param name="photographs">Read only when the model's file does not exist yet.</param>
    /// <param name="path">The model: what PgpSr.Imaging embeds as niqe-model.txt.</param>
    /// <param name="pictures">A folder; null scores none.</param>
    /// <param name="log">Where scores go.</param>
    public static void Run(Func<IReadOnlyList<(string Name, Image Image)>> photographs, string path, string? pictures, TextWriter log)
    {
        if (!File.Exists(path))
        {
            using var file = File.CreateText(path);
            NiqeModel.FromPristine(photographs().Select(photo => photo.Image)).Write(file);
        }
        if (pictures is null) return;
        using var text = File.OpenText(path);
        var model = NiqeModel.Read(text);
        string[] names = [.. Directory.GetFiles(pictures).Order(StringComparer.Ordinal)];
        double[] scores = [.. names.Select(name => Niqe.Score(PhotoCache.Decode(name, int.MaxValue), model))];
        for (int i = 0; i < names.Length; i++) log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scores[i]:F3}  {Path.GetFileName(names[i])}"));
        log.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{scores.Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average():F3}  mean of {names.Length}"));
    }
}
