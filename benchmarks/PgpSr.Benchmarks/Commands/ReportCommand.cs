using System.CommandLine;

namespace PgpSr.Benchmarks;

/// <summary><c>report</c>: files of results to a page with tables and plots.</summary>
sealed class ReportCommand : Command
{
    public ReportCommand()
        : base("report", "Writes the page and the plots of a machine's results.")
    {
        Argument<string[]> files = new("FILE") { Description = "what --out wrote; later files replace rows of earlier ones", Arity = ArgumentArity.OneOrMore };
        Option<string?> page = new("--page") { Description = "the page; README.md beside the first file by default" };
        Arguments.Add(files);
        Options.Add(page);
        SetAction(line =>
        {
            string[] from = line.GetValue(files)!;
            string path = line.GetValue(page) ?? Path.Combine(Path.GetDirectoryName(Path.GetFullPath(from[0]))!, "README.md");
            string text = ResultPage.Write(from, Path.GetDirectoryName(Path.GetFullPath(path))!);
            File.WriteAllText(path, text);
            Console.WriteLine(path);
        });
    }
}
