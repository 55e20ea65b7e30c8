using System.Text;
using EventLedger.Projections.Entries;
using EventLedger.Projections.Statements;
using Microsoft.Net.Http.Headers;

namespace EventLedger.Ledger.Http;

/// <summary>
/// A statement as CSV, oldest entry first, each with the balance after it: written as it is read, in memory that
/// doesn't grow. It is whole only if it ends with the lines <c>closing</c>.
/// </summary>
/// <param name="customerId">Whose.</param>
/// <param name="statement">Its balances at both ends.</param>
/// <param name="entries">Reads what is between.</param>
internal sealed class StatementCsv(string customerId, Statement statement, EntryQueries entries) : IResult
{
    private const string Header =
        "line,recorded_at,position,entry_id,kind,reason,model,request_id,tokens_used,completed_at,asset,amount,"
        + "balance\r\n";

    private const int BufferSize = 64 * 1024;

    private readonly CsvLine line = new();
    private readonly Dictionary<string, long> balances = new(statement.Opening, StringComparer.Ordinal);

    /// <inheritdoc/>
    public async Task ExecuteAsync(HttpContext httpContext)
    {
        var disposition = new ContentDispositionHeaderValue("attachment");
        disposition.SetHttpFileName($"statement-{customerId}.csv");
        httpContext.Response.Headers.ContentDisposition = disposition.ToString();
        httpContext.Response.ContentType = $"{CsvLine.MediaType}; charset=utf-8; header=present";

        var output = new StreamWriter(httpContext.Response.Body, new UTF8Encoding(false), BufferSize);
        await WriteAsync(output, httpContext.RequestAborted);
        await output.FlushAsync(httpContext.RequestAborted);
    }

    /// <summary>Writes all of it.</summary>
    /// <exception cref="InvalidDataException">The entries don't add up to the closing balances.</exception>
    public async Task WriteAsync(TextWriter output, CancellationToken cancellation)
    {
        await output.WriteAsync(Header);

        foreach (var (asset, balance) in statement.Opening.OrderBy(own => own.Key, StringComparer.Ordinal))
        {
            await output.WriteAsync(Balance("opening", asset, balance));
        }

        await foreach (var entry in entries.ReadAsync(
            customerId, statement.AfterPosition, statement.Position, cancellation))
        {
            balances[entry.Asset] = checked(balances.GetValueOrDefault(entry.Asset) + entry.Amount);
            await output.WriteAsync(Line(entry));
        }

        foreach (var (asset, balance) in statement.Closing.OrderBy(own => own.Key, StringComparer.Ordinal))
        {
            // Said before the last lines, so that nobody takes it for a whole statement.
            if (balances.GetValueOrDefault(asset) != balance)
            {
                throw new InvalidDataException(
                    $"the entries of customer {customerId} come to {balances.GetValueOrDefault(asset)} {asset}, "
                    + $"their totals to {balance}");
            }

            await output.WriteAsync(Balance("closing", asset, balance));
        }
    }

    private string Balance(string name, string asset, long balance) => line
        .Text(name).Time(null).Number(null).Text(null).Text(null).Text(null).Text(null).Text(null).Number(null)
        .Text(null).Text(asset).Number(null).Number(balance).End();

    private string Line(RecordedEntry entry) => line
        .Text("entry").Time(entry.Event.Time).Number(entry.Event.Position).Text(entry.Event.Id.ToString())
        .Text(entry.Event.Type).Text(entry.Details.Reason).Text(entry.Details.Model).Text(entry.Details.RequestId)
        .Number(entry.TokensUsed).Text(entry.CompletedAt).Text(entry.Asset).Number(entry.Amount)
        .Number(balances[entry.Asset]).End();
}
