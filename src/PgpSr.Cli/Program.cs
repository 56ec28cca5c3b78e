using PgpSr.Cli;
using PgpSr.CommandLine;
using PgpSr.Imaging.WebP;

WebP.Register();
// The processor first: a GPU's driver is not touched unless it is asked for.
using var environment = CommandEnvironment.OfProcess();
return await PgpSrCommand.RunAsync(args, [new CpuProvider(), new GpuProvider()], environment).ConfigureAwait(false);
