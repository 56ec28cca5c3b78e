using System.Collections.Immutable;
using PgpSr.Safetensors;

namespace PgpSr.Training;

/// <summary>Whether a stopped and continued run is the unbroken one, bit for bit: weights, moments, averaged weights.</summary>
static class ResumeCheck
{
    const int Steps = 8, StopAt = 3, Crop = 24, Batch = 2;

    /// <summary>Runs a few small steps of a recipe's model twice, once with a stop; true if the checkpoints are equal.</summary>
    public static bool Run(Recipe recipe, PhotoList list, string cache, TextWriter log)
    {
        string folder = Directory.CreateTempSubdirectory("pgpsr-resume-").FullName;
        try
        {
            var few = recipe with { Parts = ImmutableArray.Create(new RecipePart(Steps, Crop, Batch)), ValidateEvery = Steps + 1 };
            Trainer In(string name) => new(few, list, cache, Path.Combine(folder, name)) { Validates = false };
            var unbroken = In("unbroken");
            unbroken.Run(CancellationToken.None);
            In("stopped").Run(CancellationToken.None, StopAt);
            var continued = In("stopped");
            continued.Run(CancellationToken.None);
            return Compare(unbroken.Checkpoint, continued.Checkpoint, log);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    static bool Compare(string left, string right, TextWriter log)
    {
        using SafetensorsFile a = SafetensorsFile.Open(left), b = SafetensorsFile.Open(right);
        bool equal = a.Metadata[TrainingState.StepKey] == b.Metadata[TrainingState.StepKey];
        foreach (var entry in a.Tensors)
        {
            float[] x = a.ReadSingles(entry.Name), y = b.ReadSingles(entry.Name);
            int different = x.Zip(y).Count(pair => BitConverter.SingleToUInt32Bits(pair.First) != BitConverter.SingleToUInt32Bits(pair.Second));
            log.WriteLine($"{(different == 0 ? "equal " : "DIFFER")}  {entry.Name}: {different} of {x.Length} numbers differ after {Steps} steps, stopped at {StopAt}");
            equal &= different == 0;
        }
        return equal;
    }
}
