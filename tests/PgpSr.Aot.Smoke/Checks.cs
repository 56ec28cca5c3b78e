namespace PgpSr.Aot.Smoke;

/// <summary>Runs checks, prints a line for each and counts them.</summary>
sealed class Checks
{
    public int Passed { get; private set; }

    public int Failed { get; private set; }

    /// <param name="name">What is checked.</param>
    /// <param name="check">Returns what to print beside it; throws if it fails.</param>
    public void Run(string name, Func<string> check)
    {
        try
        {
            Console.WriteLine($"ok    {name}  {check()}");
            Passed++;
        }
        catch (Exception e)
        {
            // The other checks go on: one run tells everything that fails.
            Console.WriteLine($"FAIL  {name}  {e.GetType().Name}: {e.Message}");
            Failed++;
        }
    }
}
