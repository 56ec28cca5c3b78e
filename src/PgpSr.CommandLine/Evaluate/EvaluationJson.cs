using System.Text.Json;

namespace PgpSr.CommandLine.Evaluate;

/// <summary>One candidate's result on one set as properties of a JSON line.</summary>
static class EvaluationJson
{
    /// <summary>Writes the properties. Numbers that JSON cannot hold (the PSNR of equal pictures) are null.</summary>
    public static void Write(Utf8JsonWriter writer, SetResult set, CandidateResult result)
    {
        PictureScore mean = PictureScore.Mean(result.Scores), bicubic = PictureScore.Mean(set.Bicubic);
        writer.WriteString("set", set.Set);
        writer.WriteString("model", result.Candidate.Name);
        writer.WriteNumber("scale", result.Candidate.Scale);
        writer.WriteNumber("steps", result.Candidate.Steps);
        writer.WriteNumber("parameters", result.Candidate.Parameters);
        writer.WriteNumber($"multiply-adds-{Evaluator.CostSide}", result.Candidate.MultiplyAdds);
        writer.WriteNumber("milliseconds", result.MedianMilliseconds);
        writer.WriteNumber("pictures", set.Pictures.Count);
        writer.WriteNumber("crop", set.Crop);
        Measures(writer, mean);
        Object(writer, "bicubic", bicubic);
        Object(writer, "lanczos", PictureScore.Mean(set.Lanczos));
        Object(writer, "difference", new(
            mean.Psnr - bicubic.Psnr,
            mean.Ssim - bicubic.Ssim,
            mean.PhaseError - bicubic.PhaseError,
            mean.Detail - bicubic.Detail,
            mean.EdgeWidth - bicubic.EdgeWidth,
            mean.Niqe - bicubic.Niqe,
            mean.Reduced - bicubic.Reduced));
        writer.WriteStartObject("truth");
        Number(writer, "detail", set.Truth.Detail);
        Number(writer, "edge-width", set.Truth.EdgeWidth);
        Number(writer, "niqe", set.Truth.Niqe);
        Number(writer, "reduced-psnr-y", set.Truth.Reduced);
        writer.WriteEndObject();
        writer.WriteStartArray("each");
        for (int i = 0; i < set.Pictures.Count; i++)
        {
            writer.WriteStartObject();
            writer.WriteString("picture", set.Pictures[i]);
            writer.WriteNumber("milliseconds", result.Milliseconds[i]);
            Measures(writer, result.Scores[i]);
            Object(writer, "bicubic", set.Bicubic[i]);
            writer.WriteEndObject();
        }
        writer.WriteEndArray();
    }

    static void Object(Utf8JsonWriter writer, string name, PictureScore score)
    {
        writer.WriteStartObject(name);
        Measures(writer, score);
        writer.WriteEndObject();
    }

    static void Measures(Utf8JsonWriter writer, PictureScore score)
    {
        Number(writer, "psnr-y", score.Psnr);
        Number(writer, "ssim-y", score.Ssim);
        Number(writer, "phase-error", score.PhaseError);
        Number(writer, "detail", score.Detail);
        Number(writer, "edge-width", score.EdgeWidth);
        Number(writer, "niqe", score.Niqe);
        Number(writer, "reduced-psnr-y", score.Reduced);
    }

    static void Number(Utf8JsonWriter writer, string name, double value)
    {
        if (double.IsFinite(value)) writer.WriteNumber(name, value);
        else writer.WriteNull(name);
    }
}
