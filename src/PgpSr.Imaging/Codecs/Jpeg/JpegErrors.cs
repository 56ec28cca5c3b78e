using BitMiracle.LibJpeg.Classic;

namespace PgpSr.Imaging.Codecs.Jpeg;

/// <summary>
/// Turns the library's errors, and those of its warnings that mean lost pixels, into exceptions. The library would fill lost parts with gray and go
/// on, which a program that makes pictures larger would show enlarged.
/// </summary>
sealed class JpegErrors(ImageMetadata metadata) : jpeg_error_mgr
{
    // jpeg_error_mgr.emit_message: negative levels are warnings.
    const int WarningLevel = -1;

    int _lastCode;
    bool _ended;

    public override void error_exit()
    {
        string message = format_message();
        throw new CodecException((J_MESSAGE_CODE)_lastCode is J_MESSAGE_CODE.JERR_NOTIMPL or J_MESSAGE_CODE.JERR_SOF_UNSUPPORTED
            ? "arithmetic, lossless and hierarchical JPEG are not supported, only baseline and progressive; convert the file"
            : Damaged(message));
    }

    public override void output_message()
    {
    }

    public override void emit_message(int msg_level)
    {
        if (msg_level != WarningLevel) return;
        string message = format_message();
        J_MESSAGE_CODE code = (J_MESSAGE_CODE)_lastCode;
        // The end of the file itself loses nothing: if pixels are missing, the entropy decoder says so next.
        _ended |= code == J_MESSAGE_CODE.JWRN_JPEG_EOF;
        if (code == J_MESSAGE_CODE.JWRN_JPEG_EOF) return;
        bool harmless = code is J_MESSAGE_CODE.JWRN_EXTRANEOUS_DATA or J_MESSAGE_CODE.JWRN_JFIF_MAJOR or J_MESSAGE_CODE.JWRN_ADOBE_XFORM
            or J_MESSAGE_CODE.JWRN_TOO_MUCH_DATA;
        if (!harmless) throw new CodecException(_ended ? "the file ends inside the pixels; it is truncated" : Damaged(message));
        metadata.Warnings.Add(message);
    }

    static string Damaged(string message) => $"the file is damaged ({message})";

    protected override string GetMessageText(int code)
    {
        _lastCode = code;
        return base.GetMessageText(code);
    }
}
