using System.Buffers;
using EventLedger.Ledger.Rerating;

namespace EventLedger.Ledger.Cli;

/// <summary>Shows what usage costs by another book, line by line as it is known.</summary>
/// <param name="output">Where the lines go.</param>
/// <param name="summary">Where the counts at the end go.</param>
/// <param name="describe">A line of texts.</param>
internal sealed class RerateText(TextWriter output, TextWriter summary, Func<string[], string> describe)
{
    private static readonly SearchValues<char> Quoted = SearchValues.Create("\",\r\n");

    private RerateLine total = new("total", "", 0, 0, 0, 0);
    private RerateLine? open;
    private long unpriced;
    private long reversed;
    private long booked;
    private long refused;

    /// <summary>For people.</summary>
    public static RerateText Table(TextWriter output) => new(output, output, texts =>
        $"{OneLine.Of(texts[0]),-24} {OneLine.Of(texts[1]),-24} {texts[2],10} {texts[3],14} {texts[4],22} "
        + $"{texts[5],22} {texts[6],22}");

    /// <summary>For programs, as RFC 4180 has it; the counts go elsewhere.</summary>
    public static RerateText Csv(TextWriter output, TextWriter summary) =>
        new(output, summary, texts => string.Join(',', texts.Select(Field)));

    /// <summary>Writes the names of the columns.</summary>
    public Task BeginAsync() => output.WriteLineAsync(describe(
        ["customer", "model", "entries", "tokens", "charged_micro_omr", "rerated_micro_omr", "difference_micro_omr"]));

    /// <summary>Adds the next charges. A customer's line is written once the next one begins.</summary>
    public async Task AddAsync(RerateBatch batch)
    {
        unpriced += batch.Unpriced;
        reversed += batch.Reversed;
        booked += batch.Booked;
        refused += batch.Refused.Count;

        foreach (var line in batch.Lines)
        {
            total = total.With(line);

            if (open?.IsLike(line) == true)
            {
                open = open.With(line);
                continue;
            }

            await CloseAsync();
            open = line;
        }

        foreach (var (chargeId, reason) in batch.Refused)
        {
            await summary.WriteLineAsync($"not corrected {chargeId}: {reason}");
        }
    }

    /// <summary>Writes the sums; false if something couldn't be booked.</summary>
    public async Task<bool> EndAsync(bool books)
    {
        await CloseAsync();
        await summary.WriteLineAsync(
            $"{total.Entries} charges of {total.Charged} micro-OMR cost {total.Rerated} by the book, a difference of "
            + $"{total.Difference}; {unpriced} have no price, {reversed} were undone");

        if (books)
        {
            await summary.WriteLineAsync($"corrections booked {booked}, not booked {refused}");
        }

        return refused == 0;
    }

    private static string Field(string text) =>
        text.AsSpan().ContainsAny(Quoted) ? $"\"{text.Replace("\"", "\"\"")}\"" : text;

    private async Task CloseAsync()
    {
        if (open is { } line)
        {
            await output.WriteLineAsync(describe(
            [
                line.CustomerId, line.Model, $"{line.Entries}", $"{line.Tokens}", $"{line.Charged}",
                $"{line.Rerated}", $"{line.Difference}",
            ]));
        }
    }
}
