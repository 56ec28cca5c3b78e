using System.CommandLine;
using System.Globalization;
using PgpSr.CommandLine.Evaluate;
using PgpSr.Imaging;
using PgpSr.Managed;
using PgpSr.Tensors;

namespace PgpSr.CommandLine.Commands;

/// <summary><c>pgpsr evaluate</c>: models measured on pairs of small pictures and their truths, beside bicubic interpolation.</summary>
sealed class EvaluateCommand : Subcommand
{
    readonly Option<string[]> _models = new("--model", "-m")
    {
        Description = $"name, file or folder of a model; several share one table; default: {ModelCatalog.Default}",
        AllowMultipleArgumentsPerToken = true,
        DefaultValueFactory = _ => [ModelCatalog.Default],
        HelpName = "MODEL",
    };

    readonly Option<string> _pairs = new("--pairs")
    {
        Description = "folder with truth/NAME.png and one folder for each set, such as clean/NAME.png",
        Required = true,
        HelpName = "FOLDER",
    };

    readonly Option<string[]> _sets = new("--set") { Description = "evaluate only these sets", AllowMultipleArgumentsPerToken = true, HelpName = "NAME" };
    readonly Option<int?> _scale = new("--scale", "-s")
    {
        Description = "enlargement factor of the sets; default: the models'",
        HelpName = "N",
    };

    readonly Option<int?> _steps = new("--steps") { Description = "network evaluations for each picture; default: the model's", HelpName = "N" };
    readonly Option<ulong> _seed = new("--seed") { Description = "seed of the noise", HelpName = "N" };
    readonly Option<string?> _niqe = new("--niqe-model")
    {
        Description = "NIQE's model of pristine photographs: 37 lines of 36 numbers, the mean and then the covariance; default: the built-in one",
        HelpName = "FILE",
    };

    readonly Option<bool> _markdown = new("--markdown") { Description = "print Markdown tables" };
    readonly Option<string?> _page = new("--html")
    {
        Description = "write a self-contained page with the tables and, for each set, the pictures with the least and the largest gain",
        HelpName = "PAGE",
    };

    readonly ModelPartOptions _parts;
    readonly DeviceOptions _device;

    public EvaluateCommand()
        : base("evaluate",
            "Measures models on pairs of small pictures and their originals, with bicubic and Lanczos interpolation for comparison: "
            + "PSNR, SSIM, phase, sharpness, NIQE, time.")
    {
        foreach (Option option in (Option[])[_models, _pairs, _sets, _scale, _steps, _seed, _niqe, _markdown, _page]) Options.Add(option);
        _steps.AtLeast(1);
        _scale.Between(1, 64);
        _parts = new ModelPartOptions(this);
        _device = new DeviceOptions(this);
    }

    public override ExitCode Run(CommandContext context)
    {
        string[] models = context.Arguments.GetValue(_models)!;
        IReadOnlyList<PairSet> sets = PairFolder.Read(context.Arguments.GetValue(_pairs)!, context.Arguments.GetValue(_sets) ?? []);
        UpscaleOptions options = new()
        {
            Scale = context.Arguments.GetValue(_scale),
            Steps = context.Arguments.GetValue(_steps),
            Seed = context.Arguments.GetValue(_seed),
            MemoryBudget = _device.Memory(context),
        };
        ModelOptions parts = _parts.Read(context.Arguments);
        string? page = context.Arguments.GetValue(_page);
        if (page is not null)
            OutputNaming.RefuseInputs("--html", page, sets.SelectMany(set => set.Pairs).SelectMany(pair => (string[])[pair.LowPath, pair.TruthPath]));
        NiqeModel? pristine = context.Arguments.GetValue(_niqe) is { } file ? Pristine(file) : null;
        using Backend backend = _device.Open(context);
        List<SuperResolver> resolvers = [];
        try
        {
            foreach (string model in models) resolvers.Add(SuperResolver.Load(model, backend, parts, context.Cancellation));
            Candidate[] candidates = [.. resolvers.Select((resolver, i) => Describe(resolver, Label(models, resolvers, i), options))];
            List<(SetResult Result, Extremes Pictures)> results = [];
            foreach (PairSet set in sets)
            {
                Extremes extremes = new();
                SetResult result = Evaluator.Run(set, candidates, pristine, Finished, context.Cancellation);
                Show(context, result);
                results.Add((result, extremes));

                void Finished(int done, EvaluatedPicture picture)
                {
                    if (page is not null) extremes.Add(picture);
                    Progress(context, set, done);
                }
            }
            if (page is not null)
            {
                TextFile.Write(page, writer => EvaluationPage.Write(results, writer));
                context.Console.Info($"wrote {page}");
                context.Console.Json("page", w => w.WriteString("file", page));
            }
        }
        finally
        {
            resolvers.ForEach(resolver => resolver.Dispose());
        }
        return ExitCode.Ok;
    }

    static NiqeModel Pristine(string path)
    {
        try
        {
            using StreamReader text = File.OpenText(path);
            return NiqeModel.Read(text);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or FormatException)
        {
            Throw.NoInput($"{path}: {e.Message}");
            throw;
        }
    }

    // Two files of one name in different folders are told apart by what was typed.
    static string Label(string[] models, List<SuperResolver> resolvers, int index) =>
        resolvers.Count(r => r.Model.Name == resolvers[index].Model.Name) > 1 ? models[index] : resolvers[index].Model.Name;

    static Candidate Describe(SuperResolver resolver, string name, UpscaleOptions options)
    {
        UpscalePlan plan = resolver.Plan(Evaluator.CostSide, Evaluator.CostSide, options);
        return new(
            name, (int)(options.Scale ?? resolver.Model.Scale), plan.Steps, resolver.Model.ParameterCount, plan.MultiplyAdds,
            (low, cancellation) => resolver.Upscale(low, options, null, cancellation));
    }

    static void Progress(CommandContext context, PairSet set, int done) =>
        context.Console.Status(
            done < set.Pairs.Count ? string.Create(CultureInfo.InvariantCulture, $"{set.Name}: {done} of {set.Pairs.Count} pictures") : "");

    void Show(CommandContext context, SetResult result)
    {
        context.Console.Line(EvaluationTable.Title(result));
        if (context.Arguments.GetValue(_markdown))
        {
            context.Console.Line();
            foreach (string line in EvaluationTable.Markdown(result)) context.Console.Line(line);
        }
        else
        {
            context.Console.Table(EvaluationTable.Rows(result));
        }
        context.Console.Line();
        foreach (CandidateResult candidate in result.Candidates) context.Console.Json("evaluation", w => EvaluationJson.Write(w, result, candidate));
    }
}
