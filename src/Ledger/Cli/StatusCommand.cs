using System.CommandLine;
using System.Reflection;
using EventLedger.EventStore.Proofs;
using EventLedger.Ledger.Cli.Printing;
using EventLedger.Ledger.Settings;
using EventLedger.Ledger.Sources;
using EventLedger.Ledger.Status;
using EventLedger.Projections.Sources;
using EventLedger.Projections.Statements;
using Npgsql;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger status</c>: shows how the ledger stands, and whether it needs somebody.</summary>
internal static class StatusCommand
{
    private static readonly Column<StatusLine>[] Columns =
    [
        new("what", line => line.What), new("value", line => line.Number is { } number ? number : line.Text),
        new("state", line => $"{line.State}".ToLowerInvariant()), new("note", line => line.Note),
    ];

    private static readonly Column<SourceAccount>[] SourceColumns =
    [
        new("source", source => source.Source), new("epochs", source => source.Epochs),
        new("published", source => source.Published), new("booked", source => source.Booked),
        new("duplicates", source => source.Duplicates), new("waiting", source => source.Waiting),
        new("dead_letters", source => source.DeadLetters),
        new("unaccounted", source => source.Unaccounted), new("sparse", source => source.IsSparse),
    ];

    private static string Version { get; } = typeof(StatusCommand).Assembly
        .GetCustomAttribute<AssemblyInformationalVersionAttribute>()!.InformationalVersion;

    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var anchors = new Option<string?>("--anchor") { Description = "A file of anchors that you kept." };
        var sources = new Option<bool>("--sources")
        {
            Description = "Show what became of all that each producer counted instead.",
        };
        var output = OutputOption.Create();
        var command = new Verb(
            "status",
            "Show how the ledger stands: versions, positions, lag, what waits, what is dead, what is missing.",
            ["ledger status", "ledger status --output json", "ledger status --sources"],
            "Exits 1 when something is wrong, so that a person has to look. What the broker knows is unknown unless "
            + "NATS_URL is set.")
        {
            anchors, sources, output,
        };
        command.SetAction((parsed, cancellation) =>
        {
            var form = parsed.GetValue(output);
            var lines = parsed.InvocationConfiguration.Output;
            return parsed.GetValue(sources)
                ? ShowSourcesAsync(settings, form, lines, cancellation)
                : ShowAsync(
                    settings, ProofFiles.ReadAnchors(parsed.GetValue(anchors), publicKey: null), form, lines,
                    cancellation);
        });
        return command;
    }

    private static async Task<int> ShowSourcesAsync(
        LedgerSettings settings, OutputForm form, TextWriter output, CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();
        await output.WriteRowsAsync(form, SourceColumns, await SourceAccount.ReadAsync(database, cancellation));
        return ExitCode.Done;
    }

    private static async Task<int> ShowAsync(
        LedgerSettings settings, IReadOnlyList<Anchor> anchors, OutputForm form, TextWriter output,
        CancellationToken cancellation)
    {
        await using var database = settings.OpenDatabase();
        var inDatabase = await LookAsync(database, anchors, cancellation);
        var url = settings.NatsUrlIfSet;
        var broker = url is null ? null : await BrokerStatus.AskAsync(url, TimeProvider.System, cancellation);
        StatusLine[] lines =
        [
            StatusLine.Of("ledger", Version), .. BrokerStatus.Describe(url, broker), .. inDatabase,
        ];
        await output.WriteRowsAsync(form, Columns, lines);

        return url is not null && broker is null ? ExitCode.Unreachable
            : lines.Any(line => line.State is StatusState.Wrong) ? ExitCode.Failed
            : ExitCode.Done;
    }

    private static async Task<StatusLine[]> LookAsync(
        NpgsqlDataSource database, IReadOnlyList<Anchor> anchors, CancellationToken cancellation)
    {
        // What is asked for below may not be there yet.
        if (await DatabaseStatus.ReadSchemaAsync(database, cancellation) is var schema
            && schema < LedgerSchema.Version)
        {
            return [DatabaseStatus.DescribeSchema(schema)];
        }

        string[] rollups = [new StatementRollup(database).Name, new SourceRollup(database).Name];
        var found = await DatabaseStatus.ReadAsync(database, rollups, cancellation);
        var (missing, sparse) = await new MissingEnvelopes(database, TimeProvider.System).CountAsync(cancellation);
        var sources = await SourceAccount.ReadAsync(database, cancellation);

        return
        [
            .. found.Describe(TimeProvider.System.GetUtcNow()),
            StatusLine.Of(
                "missing", missing, missing == 0 ? "" : "GET /billing/sources/gaps names them", isWrong: missing > 0),
            StatusLine.Of("sparse", sparse, sparse == 0 ? "" : "epochs that don't count without gaps"),
            .. sources.Select(source => source.Describe()),
            await AnchorStatus.DescribeAsync(database, anchors.Count > 0 ? anchors[^1] : null, cancellation),
        ];
    }
}
