using System.CommandLine;
using System.Globalization;
using PgpSr.Managed;

namespace PgpSr.CommandLine.Commands;

/// <summary><c>pgpsr models</c>: the models that are part of the program.</summary>
sealed class ModelsCommand : Subcommand
{
    readonly Argument<string?> _name = new("name") { Description = "show all about this model", Arity = ArgumentArity.ZeroOrOne };

    public ModelsCommand()
        : base("models", "Lists the embedded models and when to choose each.") => Arguments.Add(_name);

    public override ExitCode Run(CommandContext context)
    {
        if (context.Arguments.GetValue(_name) is { } name)
        {
            Show(context.Console, ModelCatalog.Describe(name));
            return ExitCode.Ok;
        }
        var rows = new List<string[]> { new[] { "name", "", "scale", "steps", "parameters", "choose it for" } };
        foreach (ModelInfo model in ModelCatalog.Names.Select(ModelCatalog.Describe))
        {
            string note = model.Name == ModelCatalog.Default ? "(default)" : "";
            rows.Add([model.Name, note, $"{model.Scale}x", $"{model.DefaultSteps}", Count(model.ParameterCount), ModelChoice.Advice(model)]);
            WriteJson(context.Console, model);
        }
        context.Console.Table(rows);
        return ExitCode.Ok;
    }

    static void Show(CommandConsole console, ModelInfo model)
    {
        console.Line(model.Name);
        foreach ((string name, string value) in (IEnumerable<(string, string)>)
        [
            ("kind", model.Kind.ToString()),
            ("scale", $"{model.Scale}x"),
            ("steps", $"{model.DefaultSteps}"),
            ("choose for", ModelCatalog.Names.Contains(model.Name) ? ModelChoice.Advice(model) : ""),
            ("parameters", Count(model.ParameterCount)),
            ("sha256", model.Sha256),
            ("license", model.License),
            ("trained on", model.Description),
        ])
        {
            if (value.Length > 0) console.Line($"  {name,-10}  {value}");
        }
        WriteJson(console, model);
    }

    static void WriteJson(CommandConsole console, ModelInfo model) => console.Json("model", w =>
    {
        w.WriteString("name", model.Name);
        w.WriteBoolean("default", model.Name == ModelCatalog.Default);
        w.WriteString("kind", model.Kind.ToString());
        w.WriteNumber("scale", model.Scale);
        w.WriteNumber("steps", model.DefaultSteps);
        w.WriteNumber("parameters", model.ParameterCount);
        w.WriteString("sha256", model.Sha256);
        w.WriteString("source", model.Source);
        w.WriteString("license", model.License);
        w.WriteString("description", model.Description);
        if (ModelCatalog.Names.Contains(model.Name)) w.WriteString("choose-it-for", ModelChoice.Advice(model));
    });

    static string Count(long parameters) => parameters >= 10_000_000
        ? string.Create(CultureInfo.InvariantCulture, $"{parameters * 1e-6:0} million")
        : string.Create(CultureInfo.InvariantCulture, $"{parameters * 1e-6:0.##} million");
}
