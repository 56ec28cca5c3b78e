using System.Globalization;
using PgpSr.Training;
using TorchSharp;

const string usage = """
    PgpSr.Training sheet OUT.png PICTURE...                        pictures side by side
    PgpSr.Training damage PICTURE FACTOR SIGMA QUALITY OUT.jpg     the picture reduced, with noise, as a JPEG file
    PgpSr.Training rows OUT.jpg SIDE SMALL,RESULT,...,TRUTH...     middles at 100 %, a row for each photograph
    PgpSr.Training cache LIST PICTURES CACHE                       decodes the listed photographs once
    PgpSr.Training train RECIPE LIST CACHE FOLDER [THREADS] [MODEL [FEATURES.onnx]]
                                                                   trains, or continues what FOLDER holds; begins with MODEL's weights
    PgpSr.Training measure RECIPE CROP BATCH THREADS [bf16|f32]    time of a step
    PgpSr.Training export RECIPE LIST FOLDER OUT.safetensors       the averaged weights as a model of the library, F16
    PgpSr.Training verify [MODEL.safetensors]                      does the library compute what libtorch computes?
    PgpSr.Training score MODEL LIST CACHE SPLIT [PICTURES]         whole photographs by the library, against bicubic enlargement
    PgpSr.Training pairs LIST CACHE SPLIT SCALE FOLDER [whole]     pairs as files, for pgpsr evaluate: detailed places, or whole photographs
    PgpSr.Training niqe LIST CACHE OUT.txt [PICTURES]              NIQE's pristine model of the training photographs; scores of a folder's pictures by it
    PgpSr.Training plot LOG.csv OUT.svg                            a run's log as a picture
    PgpSr.Training gradients RECIPE LIST CACHE                     are gradients the loss's slopes? 1.000 for every tensor
    PgpSr.Training resume RECIPE LIST CACHE                        is a stopped and continued run the unbroken one, bit for bit?
    PgpSr.Training case OUT.safetensors                            one comparison as a file, for tests without libtorch
    """;

switch (args)
{
    case ["sheet", var output, ..]:
        ContactSheet.Write(args[2..], output);
        return 0;
    case ["damage", var picture, var factor, var sigma, var quality, var damaged]:
        DamagedPicture.Write(picture, int.Parse(factor, CultureInfo.InvariantCulture), double.Parse(sigma, CultureInfo.InvariantCulture), int.Parse(quality, CultureInfo.InvariantCulture), damaged);
        return 0;
    case ["rows", var table, var side, ..]:
        SideBySide.Write(args[3..], int.Parse(side, CultureInfo.InvariantCulture), table);
        return 0;
    case ["cache", var list, var pictures, var cache]:
        PhotoCache.Build(PhotoList.Read(list), pictures, cache, Console.Out);
        return 0;
    case ["train", var recipe, var list, var cache, var folder, ..]:
        torch.InitializeDeviceType(DeviceType.CPU);
        torch.set_num_threads(args.Length > 5 ? int.Parse(args[5], CultureInfo.InvariantCulture) : 1);
        using (var stop = new CancellationTokenSource())
        {
            Console.CancelKeyPress += (_, e) => (e.Cancel, _) = (true, stop.CancelAsync());
            using var terminated = System.Runtime.InteropServices.PosixSignalRegistration.Create(System.Runtime.InteropServices.PosixSignal.SIGTERM, context => (context.Cancel, _) = (true, stop.CancelAsync()));
            try
            {
                new Trainer(Recipe.Read(recipe), PhotoList.Read(list), cache, folder, args.Length > 6 ? args[6] : null, args.Length > 7 ? args[7] : null).Run(stop.Token);
            }
            catch (OperationCanceledException)
            {
                Console.WriteLine("stopped; the checkpoint is written");
            }
        }
        return 0;
    case ["measure", var recipe, var crop, var batch, var threads, ..]:
        torch.InitializeDeviceType(DeviceType.CPU);
        torch.set_num_threads(int.Parse(threads, CultureInfo.InvariantCulture));
        new Trainer(Recipe.Read(recipe) with { Bfloat16 = args is [.., "bf16"] }, null!, "", "").Measure(int.Parse(crop, CultureInfo.InvariantCulture), int.Parse(batch, CultureInfo.InvariantCulture), 10);
        return 0;
    case ["export", var recipe, var list, var folder, var model]:
        var exported = Recipe.Read(recipe);
        WeightExport.FromCheckpoint(Trainer.CheckpointIn(folder, exported), exported, PhotoList.Read(list), model);
        return 0;
    case ["verify", ..]:
        torch.InitializeDeviceType(DeviceType.CPU);
        return (args.Length > 1 ? Equality.OfFile(args[1], Console.Out) : ConvolutionCheck.Run(Console.Out) & NormSiluCheck.Run(Console.Out) & FastCheck.Run(Console.Out) & Equality.Run(Console.Out)) ? 0 : 1;
    case ["score", var model, var list, var cache, var split, ..]:
        LibraryScore.Run(model, PhotoCache.Load(PhotoList.Read(list), cache, split), args.Length > 5 ? args[5] : null, Console.Out);
        return 0;
    case ["pairs", var list, var cache, var split, var scale, var folder, ..]:
        PairWriter.Run(PhotoCache.Load(PhotoList.Read(list), cache, split), int.Parse(scale, CultureInfo.InvariantCulture), args is [.., "whole"], folder);
        return 0;
    case ["niqe", var list, var cache, var model, ..]:
        NiqeTraining.Run(() => PhotoCache.Load(PhotoList.Read(list), cache, "train"), model, args.Length > 4 ? args[4] : null, Console.Out);
        return 0;
    case ["plot", var log, var picture]:
        LogPlot.Write(log, picture);
        return 0;
    case ["gradients", var recipe, var list, var cache]:
        torch.InitializeDeviceType(DeviceType.CPU);
        var tested = Recipe.Read(recipe);
        GradientCheck.Run(tested, new PairSource(PhotoCache.Load(PhotoList.Read(list), cache, "validation"), tested.Config().Scale, tested).Step(0, 2, 24), Console.Out);
        return 0;
    case ["resume", var recipe, var list, var cache]:
        torch.InitializeDeviceType(DeviceType.CPU);
        torch.set_num_threads(1);
        return ResumeCheck.Run(Recipe.Read(recipe), PhotoList.Read(list), cache, Console.Out) ? 0 : 1;
    case ["case", var file]:
        torch.InitializeDeviceType(DeviceType.CPU);
        Equality.WriteCase(file);
        return 0;
    default:
        Console.Error.WriteLine(usage);
        return 2;
}
