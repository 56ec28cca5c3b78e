using System.CommandLine;
using System.Globalization;
using PgpSr.Managed;

namespace PgpSr.CommandLine;

/// <summary>
/// Parts of a model that are chosen when it is loaded: <c>--vae</c>, <c>--strength-pixel</c>, <c>--strength-detail</c>, <c>--denoise</c>,
/// <c>--look</c>.
/// </summary>
sealed class ModelPartOptions
{
    const float MaxStrength = 4;
    const string Faithful = "faithful", Vivid = "vivid";

    readonly Option<string?> _vae = new("--vae")
    {
        Description = "decode with a tiny autoencoder (TAESD): its file or folder, or 'tiny' for the one in the model's folder",
        HelpName = "tiny|FILE|FOLDER",
    };
    readonly Option<float?> _pixel = new("--strength-pixel") { Description = "PiSA-SR: how strongly damage is removed; default: 1", HelpName = "X" };
    readonly Option<float?> _detail = new("--strength-detail") { Description = "PiSA-SR: how strongly detail is added; default: 1", HelpName = "X" };
    readonly Option<float?> _denoise = new("--denoise")
    {
        Description = "strength of noise and artifact removal, 0 to 1; default: chosen for each picture (realesr-general-x4v3: 1)",
        HelpName = "X",
    };

    readonly Option<string?> _look = new("--look")
    {
        Description = "faithful (no invented detail), vivid (sharper, with invented detail), or a number from 0 to 1; default: the model's",
        HelpName = "faithful|vivid|X",
    };

    public ModelPartOptions(Command command)
    {
        command.Options.Add(_vae);
        command.Options.Add(_denoise);
        command.Options.Add(_look);
        _look.Refuse(text => LookOf(text) is float.NaN, $"expected {Faithful}, {Vivid}, or a number between 0 and 1");
        _look.CompletionSources.Add(Faithful, Vivid);
        _denoise.Finite();
        foreach (Option<float?> strength in (Option<float?>[])[_pixel, _detail])
        {
            strength.Finite();
            command.Options.Add(strength);
        }
    }

    /// <summary>What is chosen.</summary>
    /// <exception cref="CommandException">A strength is out of range.</exception>
    public ModelOptions Read(ParseResult arguments)
    {
        foreach (Option<float?> strength in (Option<float?>[])[_pixel, _detail])
            if (arguments.GetValue(strength) is < 0 or > MaxStrength) Throw.Usage($"{strength.Name} is out of range: 0 to {MaxStrength}");
        if (arguments.GetValue(_denoise) is < 0 or > 1) Throw.Usage("--denoise is out of range: 0 to 1");
        return new ModelOptions
        {
            Vae = arguments.GetValue(_vae),
            PixelStrength = arguments.GetValue(_pixel),
            DetailStrength = arguments.GetValue(_detail),
            Denoise = arguments.GetValue(_denoise),
            Look = LookOf(arguments.GetValue(_look)),
        };
    }

    // Null for none, NaN for a word or a number that is no look.
    static float? LookOf(string? look) => look switch
    {
        null => null,
        Faithful => 0,
        Vivid => 1,
        _ => float.TryParse(look, NumberStyles.Float, CultureInfo.InvariantCulture, out float share) && share is >= 0 and <= 1 ? share : float.NaN,
    };
}
