using System.CommandLine;

namespace PgpSr.CommandLine.Tests;

public sealed class ParsingTests
{
    [Theory, InlineData("4GB", 4L << 30), InlineData("700MB", 700L << 20), InlineData("2.5g", 5L << 29)]
    [InlineData("12 KiB", 12L << 10), InlineData("1048576", 1L << 20), InlineData("1b", 1)]
    public void Sizes_are_read_as_people_write_them(string text, long bytes)
    {
        Assert.True(ByteSize.TryParse(text, out long found));
        Assert.Equal(bytes, found);
    }

    [Theory, InlineData(""), InlineData("GB"), InlineData("-1GB"), InlineData("0"), InlineData("4XB")]
    [InlineData("1e40"), InlineData("99999999999TB"), InlineData("NaN")]
    public void What_is_no_size_is_refused(string text) => Assert.False(ByteSize.TryParse(text, out _));

    [Theory, InlineData("--no-such-option"), InlineData("nosuchcommand"), InlineData()]
    public void A_wrong_command_line_is_exit_code_2_and_names_the_help(params string[] args)
    {
        CommandRun run = CommandRun.Of(args);
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains("--help", run.Error, StringComparison.Ordinal);
        Assert.Empty(run.Output);
    }

    public static TheoryData<string, string> NumericOptions()
    {
        TypeCode[] numbers = [TypeCode.Int32, TypeCode.Int64, TypeCode.UInt64, TypeCode.Single, TypeCode.Double];
        TheoryData<string, string> options = [];
        foreach (Command command in PgpSrCommand.Subcommands())
            foreach (Option option in command.Options)
                if (numbers.Contains(Type.GetTypeCode(Nullable.GetUnderlyingType(option.ValueType) ?? option.ValueType)))
                    options.Add(command.Name, option.Name);
        return options;
    }

    public static TheoryData<string, string> Fractions() =>
    [
        .. PgpSrCommand.Subcommands().SelectMany(command => command.Options
            .Where(option => option.ValueType == typeof(double) || option.ValueType == typeof(double?) || option.ValueType == typeof(float?))
            .Select(option => new TheoryDataRow<string, string>(command.Name, option.Name))),
    ];

    [Theory, MemberData(nameof(Fractions))]
    public void A_fraction_with_a_comma_is_refused(string command, string option)
    {
        foreach (string value in (string[])["1,5", "2,0", "1,000.5"])
        {
            CommandRun run = CommandRun.Of(command, option, value);
            Assert.Equal(ExitCode.Usage, run.Code);
            Assert.Contains($"{option} {value}: expected a number such as 1.5", run.Error, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Several_options_take_fractions() => Assert.True(Fractions().Count >= 5);

    [Theory, MemberData(nameof(NumericOptions))]
    public void A_word_where_a_number_belongs_is_refused_in_words_of_the_program(string command, string option)
    {
        CommandRun run = CommandRun.Of(command, option, "many");
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains($"{option} many: expected a", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("System.", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--threads", "-3", "upscale"), InlineData("--quality", "500", "upscale"), InlineData("--quality", "500", "compare")]
    [InlineData("--zoom", "1000", "compare"), InlineData("--scale", "NaN", "upscale"), InlineData("--guidance", "Infinity", "analyze")]
    [InlineData("--tau-cos", "NaN", "prune"), InlineData("--guide-channels", "0", "prune"), InlineData("--depth", "-1", "inspect")]
    [InlineData("--steps", "0", "evaluate"), InlineData("--size", "4", "bench"), InlineData("--max-pixels", "0", "upscale")]
    public void A_number_out_of_place_is_refused_by_the_options_name(string option, string value, string command)
    {
        CommandRun run = CommandRun.Of(command, option, value);
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains($"{option} {value}: must be", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("analyze", "--softmax", "channels or all"), InlineData("prune", "--coarse-keeps", "first or strongest")]
    [InlineData("prune", "--insert-peam", "stem or decoder"), InlineData("convert", "--dtype", "f32, f16 or bf16")]
    [InlineData("upscale", "--fit", "inside, cover or stretch"), InlineData("upscale", "--look", "faithful, vivid, or a number between 0 and 1")]
    public void A_word_that_is_none_of_a_few_is_refused_by_the_options_name(string command, string option, string expected)
    {
        CommandRun run = CommandRun.Of(command, option, "other");
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains($"{option} other: expected {expected}", run.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("unknown command 'upscal'; did you mean 'upscale'?", "upscal")]
    [InlineData("unknown command 'photo.jpg'; the commands are upscale, models", "photo.jpg", "-o", "large.png")]
    [InlineData("FILES|FOLDERS|PATTERNS missing: pictures", "upscale", "-o", "x.png")]
    [InlineData("unknown option --overwrite", "upscale", "a.png", "--overwrite", "-o", "x.png")]
    [InlineData("unknown option --wide", "compare", "a.png", "b.png", "--wide")]
    [InlineData("MODEL missing: ", "inspect")]
    [InlineData("--output is empty", "upscale", "a.png", "-o", "")]
    [InlineData("FILES|FOLDERS|PATTERNS: one value is empty", "upscale", "", "-o", "x.png")]
    public void What_is_missing_or_unknown_is_named(string message, params string[] args)
    {
        CommandRun run = CommandRun.Of(args);
        Assert.Equal(ExitCode.Usage, run.Code);
        Assert.Contains($"error: {message}", run.Error, StringComparison.Ordinal);
        Assert.DoesNotContain("Parameter", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void The_name_alone_shows_what_there_is() => Assert.Contains("upscale", CommandRun.Of().Error, StringComparison.Ordinal);

    [Fact]
    public void Programs_hear_of_a_wrong_command_line_too()
    {
        CommandRun run = CommandRun.Of("convert", "a.pt", "--json");
        var error = Assert.Single(run.Events("error"));
        Assert.Contains("--output", error.GetProperty("message").GetString(), StringComparison.Ordinal);
        Assert.Equal((int)ExitCode.Usage, error.GetProperty("exit-code").GetInt32());
    }

    [Fact]
    public void Help_is_shown_whatever_else_is_wrong_with_the_line()
    {
        CommandRun run = CommandRun.Of("upscale", "--seed", "many", "--help");
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Contains("--skip-existing", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_of_numbers_are_right_aligned_and_sentences_are_not() =>
        Assert.Equal(["name    size  about", "a     1.5 GB  30 pictures of a wallpaper", "b         2x  1 picture of a wall"],
            TextTable.Lines([["name", "size", "about"], ["a", "1.5 GB", "30 pictures of a wallpaper"], ["b", "2x", "1 picture of a wall"]]));

    [Fact]
    public void Failures_of_several_threads_are_told_as_one()
    {
        var cancelled = new OperationCanceledException();
        Assert.Equal(ExitCode.Cancelled, Failure.Of(new AggregateException(cancelled, new AggregateException(cancelled))).Code);
        Assert.Equal(ExitCode.Memory, Failure.Of(new AggregateException(cancelled, new InsufficientMemoryException())).Code);
        Assert.Equal("no such thing", Failure.Of(new ArgumentException("no such thing", nameof(cancelled))).Message);
    }

    [Fact]
    public void A_device_is_known_however_it_is_written_and_auto_takes_no_name()
    {
        using var scratch = new Scratch();
        string picture = scratch.Picture("a.png");
        Assert.Equal(ExitCode.Ok, CommandRun.Of("upscale", picture, "-o", scratch["x.png"], "--device", "CPU").Code);
        CommandRun auto = CommandRun.Of("upscale", picture, "-o", scratch["y.png"], "--device", "auto:1");
        Assert.Equal(ExitCode.Usage, auto.Code);
        Assert.Contains("gpu:1", auto.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Device, CommandRun.Of("upscale", picture, "-o", scratch["y.png"], "--device", "tpu").Code);
    }

    [Fact]
    public void The_next_of_several_devices_is_taken_where_one_cannot_be_opened_and_a_warning_says_why()
    {
        using var scratch = new Scratch();
        string picture = scratch.Picture("a.png");
        CommandRun run = CommandRun.Of("upscale", picture, "-o", scratch["x.png"], "--device", "cpu:1,cpu");
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Contains("cpu is not used", run.Error, StringComparison.Ordinal);
        Assert.Equal(ExitCode.Device, CommandRun.Of("upscale", picture, "-o", scratch["y.png"], "--device", "cpu:1,cpu:2").Code);
        Assert.Equal(ExitCode.Usage, CommandRun.Of("upscale", picture, "-o", scratch["y.png"], "--device", "cpu:1,auto").Code);
        Assert.Equal(ExitCode.Device, CommandRun.Of("upscale", picture, "-o", scratch["y.png"], "--device", "cpu:1,tpu").Code);
    }

    [Fact]
    public void Version_is_one_line()
    {
        CommandRun run = CommandRun.Of("--version");
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Matches(@"^\d+\.\d+\.\d+\S*\r?\n$", run.Output);
    }

    [Fact]
    public void Help_names_every_command()
    {
        CommandRun run = CommandRun.Of("--help");
        Assert.Equal(ExitCode.Ok, run.Code);
        Assert.Contains("devices", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public void Devices_are_listed_for_people_and_for_programs()
    {
        Assert.Contains("cpu: test processor", CommandRun.Of("devices").Output, StringComparison.Ordinal);
        var device = Assert.Single(CommandRun.Of("devices", "--json").Events("device"));
        Assert.True(device.GetProperty("usable").GetBoolean());
        Assert.Equal(1 << 30, device.GetProperty("memory").GetInt64());
    }
}
