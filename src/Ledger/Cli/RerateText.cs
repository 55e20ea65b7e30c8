using EventLedger.Ledger.Cli.Printing;
using EventLedger.Ledger.Rerating;

namespace EventLedger.Ledger.Cli;

/// <summary>Shows what usage costs by another book: line by line as it is known, and counts at the end.</summary>
/// <param name="summary">Where the counts go, and what could not be booked.</param>
internal sealed class RerateText(TextWriter summary)
{
    private RerateLine total = new("total", "", 0, 0, 0, 0);
    private long unpriced;
    private long reversed;
    private long booked;
    private long refused;

    /// <summary>What a line shows.</summary>
    public static IReadOnlyList<Column<RerateLine>> Columns { get; } =
    [
        new("customer", line => line.CustomerId), new("model", line => line.Model),
        new("entries", line => line.Entries), new("tokens", line => line.Tokens),
        new("charged_micro_omr", line => line.Charged), new("rerated_micro_omr", line => line.Rerated),
        new("difference_micro_omr", line => line.Difference),
    ];

    /// <summary>The lines of all charges. A customer's line comes once the next one begins.</summary>
    public async IAsyncEnumerable<RerateLine> ReadAsync(IAsyncEnumerable<RerateBatch> batches)
    {
        RerateLine? open = null;

        await foreach (var batch in batches)
        {
            await CountAsync(batch);

            foreach (var line in batch.Lines)
            {
                total = total.With(line);

                if (open?.IsLike(line) == true)
                {
                    open = open.With(line);
                    continue;
                }

                if (open is not null)
                {
                    yield return open;
                }

                open = line;
            }
        }

        if (open is not null)
        {
            yield return open;
        }
    }

    /// <summary>Writes the sums; false if something couldn't be booked.</summary>
    public async Task<bool> EndAsync(bool books)
    {
        await summary.WriteLineAsync(
            $"{total.Entries} charges of {total.Charged} micro-OMR cost {total.Rerated} by the book, a difference of "
            + $"{total.Difference}; {unpriced} have no price, {reversed} were undone");

        if (books)
        {
            await summary.WriteLineAsync($"corrections booked {booked}, not booked {refused}");
        }

        return refused == 0;
    }

    private async Task CountAsync(RerateBatch batch)
    {
        unpriced += batch.Unpriced;
        reversed += batch.Reversed;
        booked += batch.Booked;
        refused += batch.Refused.Count;

        foreach (var (chargeId, reason) in batch.Refused)
        {
            await summary.WriteLineAsync($"not corrected {chargeId}: {reason}");
        }
    }
}
