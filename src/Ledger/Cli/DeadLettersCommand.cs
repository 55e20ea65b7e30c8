using System.CommandLine;
using System.Text;
using EventLedger.Ledger.Booking;
using EventLedger.Ledger.Cli.Printing;
using EventLedger.Ledger.Intake;
using EventLedger.Ledger.Settings;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger dead-letters</c>: shows what could not be booked, and settles it.</summary>
internal static class DeadLettersCommand
{
    private const int ShownMax = 100;
    private const string All = "all";

    private static readonly Column<DeadLetter>[] Columns =
    [
        new("id", letter => letter.Id), new("received_at", letter => letter.ReceivedAt),
        new("status", letter => letter.Status), new("source", letter => letter.Source),
        new("reason", letter => letter.Reason),
    ];

    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings) =>
        new Verb(
            "dead-letters",
            "Show envelopes that could not become entries, book them again, or give them up.",
            ["ledger dead-letters list", "ledger dead-letters retry 17"])
        {
            CreateList(settings), CreateShow(settings), CreateRetry(settings), CreateDiscard(settings),
        };

    private static Command CreateList(LedgerSettings settings)
    {
        var reason = new Option<string?>("--reason") { Description = "A part of the reason." };
        var source = new Option<string?>("--source") { Description = "The producer that sent them." };
        var from = Moment.Option("--from", "From when the ledger gave up on them.");
        var to = Moment.Option("--to", "Before when.");
        var status = new Option<string>("--status")
        {
            Description = "What became of them.",
            DefaultValueFactory = _ => DeadLetter.Open,
        };
        status.AcceptOnlyFromAmong(DeadLetter.Open, DeadLetter.Booked, DeadLetter.Discarded, All);
        var after = new Option<long>("--after") { Description = "Those after this number." };
        var output = OutputOption.Create();
        var command = new Verb(
            "list",
            $"List them, oldest first, {ShownMax} at most.",
            ["ledger dead-letters list --reason metadata.request_id --from 2026-11-21"])
        {
            reason, source, from, to, status, after, output,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var filter = new DeadLetterFilter
            {
                Reason = parsed.GetValue(reason),
                Source = parsed.GetValue(source),
                From = parsed.GetValue(from),
                To = parsed.GetValue(to),
                Status = parsed.GetRequiredValue(status) is All ? null : parsed.GetValue(status),
            };
            return ListAsync(
                settings, filter, parsed.GetValue(after), parsed.GetValue(output), parsed.InvocationConfiguration,
                cancellation);
        });
        return command;
    }

    private static Command CreateShow(LedgerSettings settings)
    {
        var id = new Argument<long>("id") { Description = "The dead letter's number." };
        var command = new Verb(
            "show", "Show one, with its bytes as they came.", ["ledger dead-letters show 17"]) { id };
        command.SetAction((parsed, cancellation) => RunAsync(
            settings, parsed.GetValue(id), async (desk, number) =>
                await desk.FindAsync(number, cancellation) is { } letter
                    ? new DeadLetterAnswer.Settled(letter)
                    : new DeadLetterAnswer.Unknown(),
            parsed.InvocationConfiguration, cancellation));
        return command;
    }

    private static Command CreateRetry(LedgerSettings settings)
    {
        var id = new Argument<long>("id") { Description = "The dead letter's number." };
        var command = new Verb(
            "retry", "Book one as if it came just now.", ["ledger dead-letters retry 17"],
            "Exits 1 if it can't be booked; it then stays as it is.") { id };
        command.SetAction((parsed, cancellation) => RunAsync(
            settings, parsed.GetValue(id),
            (desk, number) => desk.RetryAsync(number, Environment.UserName, cancellation),
            parsed.InvocationConfiguration, cancellation));
        return command;
    }

    private static Command CreateDiscard(LedgerSettings settings)
    {
        var id = new Argument<long>("id") { Description = "The dead letter's number." };
        var reason = new Option<string>("--reason") { Description = "Why; kept with it.", Required = true };
        reason.Validators.Add(result =>
        {
            if (string.IsNullOrWhiteSpace(result.Tokens.FirstOrDefault()?.Value))
            {
                result.AddError("--reason says why it is given up");
            }
        });
        var command = new Verb(
            "discard", "Give one up for good.", ["ledger dead-letters discard 17 --reason \"sent by a test\""])
        {
            id, reason,
        };
        command.SetAction((parsed, cancellation) => RunAsync(
            settings, parsed.GetValue(id),
            (desk, number) => desk.DiscardAsync(
                number, Environment.UserName, parsed.GetRequiredValue(reason), cancellation),
            parsed.InvocationConfiguration, cancellation));
        return command;
    }

    private static async Task<int> ListAsync(
        LedgerSettings settings, DeadLetterFilter filter, long after, OutputForm form,
        InvocationConfiguration streams, CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();
        var (letters, areMore) = await DeadLetterTable.ReadPageAsync(
            database, filter, after, ShownMax, cancellation);
        await streams.Output.WriteRowsAsync(form, Columns, letters);

        if (areMore)
        {
            await streams.Error.WriteLineAsync($"ledger: there are more: --after {letters[^1].Id}");
        }

        return ExitCode.Done;
    }

    private static async Task<int> RunAsync(
        LedgerSettings settings, long id, Func<DeadLetterDesk, long, Task<DeadLetterAnswer>> order,
        InvocationConfiguration streams, CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();
        await using var booking = await BookingWithoutService.StartAsync(database, lanes: 1, cancellation);
        using var desk = new DeadLetterDesk(database, booking.Lanes);
        return await ShowAsync(id, await order(desk, id), streams);
    }

    private static async Task<int> ShowAsync(long id, DeadLetterAnswer answer, InvocationConfiguration streams)
    {
        if (answer is DeadLetterAnswer.Settled { Letter: var letter })
        {
            await streams.Output.WriteLineAsync(Describe(letter));
            return ExitCode.Done;
        }

        await streams.Error.WriteLineAsync("ledger: " + answer switch
        {
            DeadLetterAnswer.Conflicting conflicting => $"dead letter {id} is {conflicting.Letter.Status} already",
            DeadLetterAnswer.Refused refused => OneLine.Of(refused.Reason),
            DeadLetterAnswer.Unknown => $"there is no dead letter {id}",
            _ => "the database can't be reached; try again",
        });
        return answer is DeadLetterAnswer.Unavailable ? ExitCode.Unreachable : ExitCode.Failed;
    }

    private static string Describe(DeadLetter letter) => $"""
        id          {letter.Id}
        received_at {letter.ReceivedAt.UtcDateTime:O}
        source      {OneLine.Of(letter.Source)}
        reason      {OneLine.Of(letter.Reason)}
        status      {letter.Status}
        settled_at  {letter.SettledAt?.UtcDateTime:O}
        settled_by  {OneLine.Of(letter.SettledBy)}
        entry       {letter.EventId}
        note        {OneLine.Of(letter.Note)}
        body        {OneLine.Of(Encoding.UTF8.GetString(letter.Origin.Body.Span))}
        """;
}
