using System.Globalization;
using BitMiracle.LibTiff.Classic;
using LibTiff = BitMiracle.LibTiff.Classic.Tiff;

namespace PgpSr.Imaging.Codecs.Tiff;

/// <summary>
/// LibTiff.NET has one message handler for the whole process, which prints. This one hands messages of our files to their <see cref="TiffSource"/>
/// and leaves all others to
/// the handler that was there before.
/// </summary>
sealed class TiffMessages : TiffErrorHandler
{
    static readonly Lock s_lock = new();
    static bool s_installed;

    TiffErrorHandler? _previous;

    public static void Install()
    {
        lock (s_lock)
        {
            if (s_installed) return;
            TiffMessages messages = new();
            messages._previous = LibTiff.SetErrorHandler(messages);
            s_installed = true;
        }
    }

    public override void ErrorHandler(LibTiff tif, string method, string format, params object[] args)
    {
        if (tif?.Clientdata() is not TiffSource) _previous?.ErrorHandler(tif, method, format, args);
    }

    public override void ErrorHandlerExt(LibTiff tif, object clientData, string method, string format, params object[] args)
    {
        if (clientData is TiffSource source) source.Error = Format(format, args);
        else _previous?.ErrorHandlerExt(tif, clientData, method, format, args);
    }

    public override void WarningHandler(LibTiff tif, string method, string format, params object[] args)
    {
        if (tif?.Clientdata() is not TiffSource) _previous?.WarningHandler(tif, method, format, args);
    }

    public override void WarningHandlerExt(LibTiff tif, object clientData, string method, string format, params object[] args)
    {
        if (clientData is not TiffSource source) _previous?.WarningHandlerExt(tif, clientData, method, format, args);
        // Of tags that the library does not know TiffMetadata tells.
        else if (source.Warnings is { Count: < MaxWarnings } warnings && !format.Contains("unknown field", StringComparison.Ordinal))
            warnings.Add(Format(format, args));
    }

    // A hostile file can hold a warning per tag.
    const int MaxWarnings = 100;

    static string Format(string format, object[] args)
    {
        try
        {
            return string.Format(CultureInfo.InvariantCulture, format, args);
        }
        catch (FormatException)
        {
            return format;
        }
    }
}
