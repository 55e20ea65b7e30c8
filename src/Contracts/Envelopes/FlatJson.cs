using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;

namespace EventLedger.Contracts.Envelopes;

/// <summary>
/// Writes fields whose names are written already, with what stands before them. A general writer looks at each name,
/// and at each value twice.
/// </summary>
internal readonly struct FlatJson(IBufferWriter<byte> output)
{
    private const int NumberBytesMax = 40;

    private static readonly SearchValues<char> Plain = SearchValues.Create(
        Enumerable.Range(' ', '~' - ' ' + 1).Select(each => (char)each).Except(['"', '\\']).ToArray());

    /// <summary>Writes <paramref name="json"/> as it is.</summary>
    public void Write(ReadOnlySpan<byte> json) => output.Write(json);

    /// <summary>Writes a text, and nothing where it is null.</summary>
    public void Write(ReadOnlySpan<byte> name, string? value)
    {
        if (value is null)
        {
            return;
        }

        var text = value.AsSpan().ContainsAnyExcept(Plain)
            ? JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(value)
            : value;
        var bytes = Begin(name, Encoding.UTF8.GetMaxByteCount(text.Length) + 2);
        bytes[0] = (byte)'"';
        var length = Encoding.UTF8.GetBytes(text, bytes[1..]) + 1;
        bytes[length] = (byte)'"';
        output.Advance(name.Length + length + 1);
    }

    /// <summary>Writes a number, and nothing where it is null.</summary>
    public void Write<T>(ReadOnlySpan<byte> name, T? value)
        where T : struct, IUtf8SpanFormattable
    {
        if (value is { } number)
        {
            number.TryFormat(Begin(name, NumberBytesMax), out var length, default, CultureInfo.InvariantCulture);
            output.Advance(name.Length + length);
        }
    }

    private Span<byte> Begin(ReadOnlySpan<byte> name, int valueBytesMax)
    {
        var bytes = output.GetSpan(name.Length + valueBytesMax);
        name.CopyTo(bytes);
        return bytes[name.Length..];
    }
}
