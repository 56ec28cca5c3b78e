using System.CommandLine;
using PgpSr.Managed;

namespace PgpSr.CommandLine;

/// <summary>Parts of a model that are chosen when it is loaded: <c>--vae</c>, <c>--strength-pixel</c>, <c>--strength-detail</c>.</summary>
sealed class ModelPartOptions
{
    const float MaxStrength = 4;

    readonly Option<string?> _vae = new("--vae")
    {
        Description = "decode with a tiny autoencoder (TAESD): its file or folder, or 'tiny' for the one in the model's folder",
        HelpName = "tiny|FILE|FOLDER",
    };
    readonly Option<float?> _pixel = new("--strength-pixel") { Description = "PiSA-SR: how much is removed; default: 1", HelpName = "X" };
    readonly Option<float?> _detail = new("--strength-detail") { Description = "PiSA-SR: how much detail is invented; default: 1", HelpName = "X" };

    public ModelPartOptions(Command command)
    {
        command.Options.Add(_vae);
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
        return new ModelOptions
        {
            Vae = arguments.GetValue(_vae),
            PixelStrength = arguments.GetValue(_pixel),
            DetailStrength = arguments.GetValue(_detail),
        };
    }
}
