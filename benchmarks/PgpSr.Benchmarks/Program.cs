using PgpSr.Benchmarks;

return BenchmarkProgram.Run(args, BenchmarkProgram.Peers);
