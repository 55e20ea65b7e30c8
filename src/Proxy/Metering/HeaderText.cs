using System.Text;

namespace EventLedger.Proxy.Metering;

/// <summary>Headers are carried byte for byte, as Latin-1; what they say is UTF-8.</summary>
internal static class HeaderText
{
    private static readonly UTF8Encoding Strict =
        new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text of a header's value; null where its bytes are none.</summary>
    public static string? Of(string value)
    {
        if (Ascii.IsValid(value))
        {
            return value;
        }

        try
        {
            return Strict.GetString(Encoding.Latin1.GetBytes(value));
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
