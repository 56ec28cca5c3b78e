using PgpSr.Cli;
using PgpSr.CommandLine;
using PgpSr.Imaging.WebP;

WebP.Register();
using var environment = CommandEnvironment.OfProcess();
return await PgpSrCommand.RunAsync(args, [new CpuProvider()], environment).ConfigureAwait(false);
