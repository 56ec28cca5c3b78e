using PgpSr.Models;

namespace PgpSr.Testing;

/// <summary>LDM-SR of a golden case as a folder of diffusers', with generated weights.</summary>
public static class LdmSrFolders
{
    /// <summary>Writes the folder.</summary>
    public static void Write(string folder, GoldenCase golden)
    {
        ArgumentNullException.ThrowIfNull(golden);
        var (unet, vq) = (golden.Config.GetProperty("unet"), golden.Config.GetProperty("vqvae"));
        NetworkFolder.Write(folder, "unet", unet.GetRawText(), LdmUnet.Declare(LdmUnetConfig.Read(unet)), golden.Seed, "");
        NetworkFolder.Write(folder, "vqvae", vq.GetRawText(), VqAutoencoder.Declare(VqConfig.Read(vq)), golden.Seed, "vqvae.");
        Directory.CreateDirectory(Path.Combine(folder, "scheduler"));
        File.WriteAllText(Path.Combine(folder, "scheduler", "scheduler_config.json"), golden.Config.GetProperty("scheduler").GetRawText());
        File.WriteAllText(Path.Combine(folder, "model_index.json"), """{"_class_name": "LDMSuperResolutionPipeline"}""");
    }
}
