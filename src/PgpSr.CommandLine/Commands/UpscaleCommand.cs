using System.CommandLine;
using System.Globalization;
using PgpSr.Imaging;
using PgpSr.Managed;
using PgpSr.Tensors;

namespace PgpSr.CommandLine.Commands;

/// <summary><c>pgpsr upscale</c>: pictures in, larger and sharper pictures out.</summary>
sealed class UpscaleCommand : Subcommand
{
    readonly Argument<string[]> _inputs = new("inputs")
    {
        Description = "pictures, folders, patterns such as 'photos/**/*.jpg', or - for standard input",
        Arity = ArgumentArity.OneOrMore,
        HelpName = "FILES|FOLDERS|PATTERNS",
    };
    readonly Option<string?> _output = new("--output", "-o")
    {
        Description = "a file for one picture, a folder for several, - for standard output; default: beside each picture",
        HelpName = "FILE|FOLDER",
    };
    readonly Option<string?> _name = new("--name")
    {
        Description = "file name of the results, from {name}, {scale}, {width}, {height}, {model}; default beside the picture: {name}-x{scale}",
        HelpName = "PATTERN",
    };
    readonly Option<bool> _force = new("--force") { Description = "replace existing results" };
    readonly Option<double?> _scale = new("--scale", "-s") { Description = "enlargement factor; default: the model's", HelpName = "X" };
    readonly Option<int?> _width = new("--width") { Description = "width of the result; without --height, the aspect ratio is kept", HelpName = "PIXELS" };
    readonly Option<int?> _height = new("--height") { Description = "height of the result; without --width, the aspect ratio is kept", HelpName = "PIXELS" };
    readonly Option<string> _fit = Choice(
        "--fit", "if both --width and --height are given: fit inside, cover and crop, or stretch",
        "inside", "cover", "stretch");
    readonly Option<string?> _model = new("--model", "-m")
    {
        Description = $"name of an embedded model (see 'pgpsr models'), a .safetensors or .pth file, or a folder; default: {ModelCatalog.Default}, or the model for --scale 2",
        HelpName = "NAME|FILE|FOLDER",
    };
    readonly Option<int?> _steps = new("--steps") { Description = "network evaluations; default: the model's", HelpName = "N" };
    readonly Option<int> _reuse = new("--reuse")
    {
        Description = "FaithDiff, x4 upscaler: one of N steps evaluates the whole network, the others its outermost level; faster, another result",
        DefaultValueFactory = _ => UpscaleOptions.Default.Reuse,
        HelpName = "N",
    };
    readonly Option<float?> _guidance = new("--guidance") { Description = "guidance scale of models that take a prompt", HelpName = "X" };
    readonly Option<int?> _noiseLevel = new("--noise-level")
    {
        Description = "Stable Diffusion x4 upscaler: noise added to the input, 0 to 350; more noise, more invented detail; default: 20",
        HelpName = "N",
    };
    readonly Option<ulong> _seed = new("--seed") { Description = "seed of the noise; the same seed gives the same bytes", HelpName = "N" };
    readonly Option<int?> _tile = new("--tile")
    {
        Description = "longest side of a tile, in pixels of the input; default: chosen to fit the memory",
        HelpName = "PIXELS",
    };
    readonly Option<int?> _overlap = new("--overlap")
    {
        Description = "overlap of neighboring tiles, in pixels; default: the model's",
        HelpName = "PIXELS",
    };
    readonly Option<string> _color = Choice(
        "--color", "how colors follow the source: the model's way (auto), none, adain or wavelet",
        "auto", "none", "adain", "wavelet");
    readonly Option<string> _format = Choice(
        "--format", "format of the results; auto: that of the output file, or of the source",
        ["auto", .. ImageFormats.Written.Select(FormatName)]);
    readonly Option<int> _quality = new("--quality")
    {
        Description = "JPEG and WebP quality, 1 to 100",
        DefaultValueFactory = _ => OutputOptions.Default.Quality,
        HelpName = "N",
    };
    readonly Option<bool> _lossless = new("--lossless") { Description = "lossless WebP; PNG and TIFF are always lossless" };
    readonly Option<string?> _background = new("--background")
    {
        Description = "background color where the output format has no transparency",
        HelpName = "RRGGBB",
    };
    readonly Option<bool> _recursive = new("--recursive", "-r") { Description = "include subfolders" };
    readonly Option<bool> _skipExisting = new("--skip-existing") { Description = "skip pictures whose result exists" };
    readonly Option<Shard?> _shard = new("--shard")
    {
        Description = "process only part i of n, counted from 1",
        HelpName = "i/n",
        CustomParser = CommandLine.Shard.Parse,
    };
    readonly Option<bool> _preview = new("--preview") { Description = "process only the middle 256x256 pixels of each picture, to try settings quickly" };
    readonly Option<bool> _noProvenance = new("--no-provenance") { Description = "do not write model, settings and seed into the result" };
    readonly Option<long?> _maxPixels = new("--max-pixels")
    {
        Description = "refuse larger pictures before decoding them; default: 1,000,000,000",
        HelpName = "N",
    };
    readonly Option<bool> _noMetadata = new("--no-metadata") { Description = "do not copy color profile, EXIF, XMP and resolution" };
    readonly Option<bool> _dryRun = new("--dry-run") { Description = "show what would be done, with time and memory, and stop" };
    readonly PromptOptions _prompt;
    readonly ModelPartOptions _parts;
    readonly DeviceOptions _device;

    public UpscaleCommand()
        : base("upscale", "Makes pictures larger and sharper.")
    {
        Arguments.Add(_inputs);
        Add(_output, _name, _force, _scale, _width, _height, _fit, _model, _steps, _reuse, _guidance, _noiseLevel, _seed, _tile, _overlap, _color);
        _prompt = new PromptOptions(this);
        _parts = new ModelPartOptions(this);
        _device = new DeviceOptions(this);
        foreach (Option option in (Option[])[_width, _height, _steps, _reuse, _tile, _maxPixels]) option.AtLeast(1);
        _overlap.AtLeast(0);
        _noiseLevel.AtLeast(0);
        _quality.Between(1, 100);
        _inputs.NoOptions();
        _model.CompletionSources.Add([.. ModelCatalog.Names]);
        _scale.Finite();
        _guidance.Finite();
        Add(_format, _quality, _lossless, _background, _recursive, _skipExisting, _shard, _preview, _maxPixels, _noProvenance, _noMetadata, _dryRun);
    }

    void Add(params ReadOnlySpan<Option> options)
    {
        foreach (Option option in options) Options.Add(option);
    }

    public override ExitCode Run(CommandContext context)
    {
        ParseResult arguments = context.Arguments;
        UpscaleOptions options = ReadOptions(context);
        OutputOptions output = ReadOutput(arguments);
        string[] named = arguments.GetValue(_inputs)!;
        string? destination = arguments.GetValue(_output) ?? (named is [OutputNaming.Standard] ? OutputNaming.Standard : null);
        if (destination == OutputNaming.Standard && context.Console.IsJson)
            Throw.Usage("-o - and --json both write to standard output; use one of them");
        string? excluded = destination is not null && OutputNaming.IsFolder(destination) ? destination : null;
        var leftOut = new List<string>();
        IReadOnlyList<InputFile> inputs =
            InputSet.Expand(named, arguments.GetValue(_recursive), excluded, context.Console.Warning, leftOut.Add);
        if (destination == OutputNaming.Standard && inputs.Count > 1) Throw.Usage($"-o - takes one picture, not {inputs.Count}");

        // Refused before a model is loaded where possible: the scale of an embedded one is known beforehand.
        ModelOptions parts = _parts.Read(arguments);
        string model = arguments.GetValue(_model) ?? (parts.Look is null ? ModelChoice.ForScale(options.Scale) : ModelCatalog.Default);
        // What is told to a model is part of its name, which results may be named after.
        bool known = ModelCatalog.Names.Contains(model) && parts == ModelOptions.Default, dryRun = arguments.GetValue(_dryRun);
        IReadOnlyList<BatchItem>? items = known || destination is not null && arguments.GetValue(_name) is null
            ? Items(arguments, inputs, destination, options, output, known ? ModelCatalog.Describe(model) : null, leftOut) : null;
        if (!dryRun && items is [{ Destination: not OutputNaming.Standard } first, ..]) OutputFolder.Check(first.Destination);
        using Backend backend = _device.Open(context, out IBackendProvider provider);
        using SuperResolver resolver = SuperResolver.Load(model, backend, parts, context.Cancellation);
        if (resolver.Model.Notice.Length > 0) context.Console.Warning(resolver.Model.Notice);
        items ??= Items(arguments, inputs, destination, options, output, resolver.Model, leftOut);
        if (arguments.GetValue(_model) is null && options.Scale is not null) context.Console.Info($"model {model}; --model chooses another");
        options = options with { Prompt = _prompt.Read(arguments, resolver.Model) };
        var batch = new PictureBatch(context.Console, resolver, options, output, context.Cancellation)
        {
            Preview = arguments.GetValue(_preview),
            SkipExisting = arguments.GetValue(_skipExisting),
            Replaces = arguments.GetValue(_force),
            LeftOut = leftOut,
        };
        if (!dryRun) return batch.Run(items).Code;
        return batch.Plan(items, SpeedEstimate.Measure(resolver, options, backend, provider, context.Cancellation)).Code;
    }

    IReadOnlyList<BatchItem> Items(
        ParseResult arguments, IReadOnlyList<InputFile> inputs, string? destination, UpscaleOptions options, OutputOptions output, ModelInfo? model,
        List<string> leftOut)
    {
        string? pattern = arguments.GetValue(_name);
        bool preview = arguments.GetValue(_preview);
        var existing = arguments.GetValue(_skipExisting) ? ExistingResult.Kept : arguments.GetValue(_force) ? ExistingResult.Replaced : ExistingResult.Refused;
        IReadOnlyList<BatchItem> items;
        if (destination is not null && pattern is null)
        {
            items = destination == OutputNaming.Standard ? [new(inputs[0].Path, destination)] : OutputNaming.Pair(inputs, destination, output.Format, existing, preview);
        }
        else
        {
            bool folder = destination is null || OutputNaming.IsFolder(destination) || inputs.Count > 1 || inputs[0].Found;
            if (!folder) Throw.Usage($"--name and -o {destination} both name the result; use one of them");
            if (inputs.Any(input => input.Path == OutputNaming.Standard) && destination is null)
                Throw.Usage("standard input has no folder; name the result with -o");
            var name = new ResultName(pattern, options, model!.Name, model.Scale, preview);
            items = OutputNaming.Beside(inputs, destination, name, output.Format, existing, leftOut.Add);
        }
        return arguments.GetValue(_shard) is { } shard ? shard.Of(items) : items;
    }

    UpscaleOptions ReadOptions(CommandContext context)
    {
        ParseResult arguments = context.Arguments;
        bool size = (arguments.GetValue(_width) ?? arguments.GetValue(_height)) is not null;
        if (size && arguments.GetValue(_scale) is not null) Throw.Usage("--scale excludes --width and --height");
        if (arguments.GetValue(_force) && arguments.GetValue(_skipExisting)) Throw.Usage("--force replaces results and --skip-existing keeps them; use one of them");
        if (arguments.GetValue(_scale) is <= 0) Throw.Usage("--scale must be more than 0");
        return new UpscaleOptions
        {
            Scale = arguments.GetValue(_scale),
            Width = arguments.GetValue(_width),
            Height = arguments.GetValue(_height),
            Fit = arguments.GetValue(_fit) switch { "cover" => FitMode.Cover, "stretch" => FitMode.Stretch, _ => FitMode.Inside },
            Steps = arguments.GetValue(_steps),
            Guidance = arguments.GetValue(_guidance),
            NoiseLevel = arguments.GetValue(_noiseLevel),
            Reuse = arguments.GetValue(_reuse),
            Seed = arguments.GetValue(_seed),
            Tile = arguments.GetValue(_tile),
            Overlap = arguments.GetValue(_overlap),
            ColorFix = arguments.GetValue(_color) switch
            {
                "none" => ColorFixMethod.None,
                "adain" => ColorFixMethod.AdaIn,
                "wavelet" => ColorFixMethod.Wavelet,
                _ => null,
            },
            MemoryBudget = _device.Memory(context),
        };
    }

    OutputOptions ReadOutput(ParseResult arguments)
    {
        return new OutputOptions
        {
            Format = ImageFormats.Written.Cast<ImageFormat?>().FirstOrDefault(format => FormatName(format!.Value) == arguments.GetValue(_format)),
            Quality = arguments.GetValue(_quality),
            Lossless = arguments.GetValue(_lossless),
            Background = arguments.GetValue(_background) is { } color ? Color(color) : null,
            Provenance = !arguments.GetValue(_noProvenance),
            Metadata = !arguments.GetValue(_noMetadata),
            Limits = arguments.GetValue(_maxPixels) is { } pixels ? ImageLimits.Default with { MaxPixels = pixels } : null,
        };
    }

    static (byte Red, byte Green, byte Blue) Color(string text)
    {
        string digits = text.TrimStart('#');
        if (digits.Length != 6 || !int.TryParse(digits, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out int rgb))
        {
            Throw.Usage($"--background {text}: expected six hexadecimal digits, for example FFFFFF");
            return default;
        }
        return ((byte)(rgb >> 16), (byte)(rgb >> 8), (byte)rgb);
    }

    static string FormatName(ImageFormat format) => format.ToString().ToLowerInvariant();

    static Option<string> Choice(string name, string description, params string[] values)
    {
        var option = new Option<string>(name)
        {
            Description = description,
            DefaultValueFactory = _ => values[0],
            HelpName = string.Join('|', values),
        };
        option.OneOf(values);
        return option;
    }
}
