using PgpSr.Safetensors;
using SharpFuzz;

// A harness for coverage-guided fuzzing; README.md says how to run it. Anything but success or a SafetensorsException is a finding.
if (args is ["--once", .. var files])
{
    foreach (var file in files) Check(File.ReadAllBytes(file));
    return;
}

Fuzzer.OutOfProcess.Run(stream =>
{
    using var bytes = new MemoryStream();
    stream.CopyTo(bytes);
    Check(bytes.ToArray());
});

static void Check(byte[] bytes)
{
    try
    {
        SafetensorsHeader.Parse(bytes, "fuzz");
    }
    catch (SafetensorsException)
    {
        // Refused by a rule.
    }

    try
    {
        ShardIndex.Parse(bytes, "fuzz");
    }
    catch (SafetensorsException)
    {
        // Refused by a rule.
    }
}
