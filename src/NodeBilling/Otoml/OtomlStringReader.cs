using System.Buffers;
using System.Text;

namespace EventLedger.NodeBilling.Otoml;

/// <summary>Reads TOML's four kinds of string: basic and literal, each on one line or on many.</summary>
internal sealed class OtomlStringReader
{
    // The three that close a string of many lines, and up to two before them that belong to its text.
    private const int QuotesMax = 5;

    // Tab is the one control character that stands for itself.
    private static readonly byte[] Controls =
        [.. Enumerable.Range(0, 128).Where(c => c != '\t' && char.IsControl((char)c)).Select(c => (byte)c)];

    private static readonly SearchValues<byte> BasicEnds = SearchValues.Create([.. Controls, (byte)'"', (byte)'\\']);
    private static readonly SearchValues<byte> LiteralEnds = SearchValues.Create([.. Controls, (byte)'\'']);

    private readonly ArrayBufferWriter<byte> text = new();

    /// <summary>What a comment ends at.</summary>
    public static SearchValues<byte> ControlCharacters { get; } = SearchValues.Create(Controls);

    /// <summary>Reads the string whose opening quote comes next.</summary>
    public string Read(ref OtomlCursor cursor)
    {
        var form = new Form(cursor.Place(), (char)cursor.Next, cursor.IsAtThreeQuotes);
        text.ResetWrittenCount();
        cursor.Skip(form.Quotes);

        if (form.IsMultiLine)
        {
            cursor.TrySkipNewline();
        }

        do
        {
            Append(cursor.TakeUntil(form.Quote == '"' ? BasicEnds : LiteralEnds), form);
        }
        while (!TryClose(ref cursor, form));

        return Encoding.UTF8.GetString(text.WrittenSpan);
    }

    // What stopped the run of plain characters: the end, an escape, a line's end, or what no string may hold.
    private bool TryClose(ref OtomlCursor cursor, Form form)
    {
        if (cursor.Next == form.Quote)
        {
            return TryCloseAtQuote(ref cursor, form);
        }

        if (cursor.Next == '\\')
        {
            ReadEscape(ref cursor, form);
            return false;
        }

        // A CRLF that a checkout made of LF means the same text.
        if (form.IsMultiLine && cursor.TrySkipNewline())
        {
            Append("\n"u8, form);
            return false;
        }

        throw cursor.Next == OtomlCursor.End
            ? new OtomlException(form.Opening, "the string that begins here has no end")
            : cursor.Expected("a character of the string or its closing quote");
    }

    private bool TryCloseAtQuote(ref OtomlCursor cursor, Form form)
    {
        var quotesMax = form.IsMultiLine ? QuotesMax : 1;
        var quotes = 0;

        while (quotes < quotesMax && cursor.Next == form.Quote)
        {
            cursor.Skip(1);
            quotes++;
        }

        for (var inText = quotes < form.Quotes ? quotes : quotes - form.Quotes; inText > 0; inText--)
        {
            Append([(byte)form.Quote], form);
        }

        return quotes >= form.Quotes;
    }

    private void ReadEscape(ref OtomlCursor cursor, Form form)
    {
        var place = cursor.Place();
        cursor.Skip(1);

        if (form.IsMultiLine && OtomlEscape.TrySkipLineEnd(ref cursor, place))
        {
            return;
        }

        Span<byte> bytes = stackalloc byte[4];
        var length = OtomlEscape.Read(ref cursor, place).EncodeToUtf8(bytes);
        Append(bytes[..length], form);
    }

    private void Append(ReadOnlySpan<byte> bytes, Form form)
    {
        if (bytes.Length > OtomlLimits.StringBytesMax - text.WrittenCount)
        {
            throw new OtomlException(form.Opening, $"a string has at most {OtomlLimits.StringBytesMax} bytes");
        }

        text.Write(bytes);
    }

    private readonly record struct Form(OtomlPlace Opening, char Quote, bool IsMultiLine)
    {
        public int Quotes => IsMultiLine ? 3 : 1;
    }
}
