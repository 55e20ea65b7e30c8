using System.CommandLine;
using System.Runtime.CompilerServices;
using EventLedger.Ledger.Cli.Printing;
using EventLedger.Ledger.Settings;
using EventLedger.Projections.Accounts;
using EventLedger.Projections.Entries;
using Npgsql;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger entries</c>: shows what changed a customer's balances.</summary>
internal static class EntriesCommand
{
    private const int LimitDefault = 100;

    private static readonly Column<RecordedEntry>[] Columns =
    [
        new("position", entry => entry.Event.Position), new("recorded_at", entry => entry.Event.Time),
        new("type", entry => entry.Event.Type), new("amount", entry => entry.Amount),
        new("asset", entry => entry.Asset), new("tokens_used", entry => entry.TokensUsed),
        new("model", entry => entry.Details.Model), new("reason", entry => entry.Details.Reason),
        new("request_id", entry => entry.Details.RequestId), new("completed_at", entry => entry.CompletedAt),
        new("entry_id", entry => entry.Event.Id),
    ];

    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var customer = new Argument<string>("customer") { Description = "The customer's id." };
        var from = Moment.Option("--from", "Recorded from then on.");
        var to = Moment.Option("--to", "Recorded before then.");
        var model = new Option<string?>("--model") { Description = "Only this model's." };
        var reason = new Option<string?>("--reason") { Description = "Only those for this reason." };
        var requestId = new Option<string?>("--request-id") { Description = "Only those of this request." };
        var limit = new Option<long>("--limit")
        {
            Description = "How many at most.",
            DefaultValueFactory = _ => LimitDefault,
        };
        limit.Validators.Add(result =>
        {
            if (result.Tokens is [var given] && !(long.TryParse(given.Value, out var count) && count > 0))
            {
                result.AddError("--limit takes a whole number from 1 on");
            }
        });
        var output = OutputOption.Create();
        var command = new Verb(
            "entries",
            "Show what changed a customer's balances, newest first.",
            [
                "ledger entries amina", "ledger entries amina --request-id req-1",
                "ledger entries amina --from 2026-11-01 --to 2026-12-01 --limit 1000000 --output csv",
            ])
        {
            customer, from, to, model, reason, requestId, limit, output,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var filter = new EntryFilter
            {
                From = parsed.GetValue(from),
                To = parsed.GetValue(to),
                Model = parsed.GetValue(model),
                Reason = parsed.GetValue(reason),
                RequestId = parsed.GetValue(requestId),
            };
            return RunAsync(
                settings, parsed.GetRequiredValue(customer), filter, parsed.GetValue(limit), parsed.GetValue(output),
                parsed.InvocationConfiguration, cancellation);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        LedgerSettings settings, string customerId, EntryFilter filter, long limit, OutputForm form,
        InvocationConfiguration streams, CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();

        if (await new AccountQueries(database).FindTenantAsync(customerId, cancellation) is null)
        {
            return await streams.SayUnknownAsync(customerId);
        }

        var reading = new Reading(database, customerId, filter, limit);
        await streams.Output.WriteRowsAsync(form, Columns, reading.ReadAsync(cancellation));

        if (reading.IsCutShort)
        {
            await streams.Error.WriteLineAsync($"ledger: there are more than {limit}; --limit shows them");
        }

        return ExitCode.Done;
    }

    // Page by page: however many are asked for, a page is what is in memory.
    private sealed class Reading(NpgsqlDataSource database, string customerId, EntryFilter filter, long limit)
    {
        public bool IsCutShort { get; private set; }

        public async IAsyncEnumerable<RecordedEntry> ReadAsync(
            [EnumeratorCancellation] CancellationToken cancellation)
        {
            var queries = new EntryQueries(database);
            var remaining = limit;
            long? next = null;

            do
            {
                var countMax = (int)Math.Min(remaining, EntryQueries.PageMax);
                var page = await queries.ReadPageAsync(customerId, filter, next, countMax, cancellation);
                (next, remaining) = (page.Next, remaining - page.Items.Count);

                foreach (var entry in page.Items)
                {
                    yield return entry;
                }
            }
            while (next is not null && remaining > 0);

            IsCutShort = await IsAnyAsync(queries, next, cancellation);
        }

        // That there is a next page doesn't say that anything is on it.
        private async Task<bool> IsAnyAsync(EntryQueries queries, long? next, CancellationToken cancellation)
        {
            while (next is not null)
            {
                var page = await queries.ReadPageAsync(customerId, filter, next, countMax: 1, cancellation);

                if (page.Items.Count > 0)
                {
                    return true;
                }

                next = page.Next;
            }

            return false;
        }
    }
}
