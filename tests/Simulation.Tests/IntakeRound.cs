using EventLedger.Ledger.Tests;
using Npgsql;

namespace EventLedger.Simulation.Tests;

/// <summary>
/// One round of random intake, made from its seed alone: charges of a few customers, some sent several times over
/// either path, some under a request id that was used before. Beside it stands what the ledger must say in the end.
/// </summary>
internal sealed class IntakeRound
{
    private const int Customers = 7;
    private const int Charges = 1500;
    private const int CutsMax = 20;

    private readonly Random random;
    private readonly Dictionary<string, (long Micro, long Entries)> expected = [];

    public IntakeRound(int seed)
    {
        random = new Random(seed);

        for (var n = 0; n < Charges; n++)
        {
            Add(n);
        }

        random.Shuffle(Published = [.. published]);
        random.Shuffle(Requested = [.. requested]);
    }

    private readonly List<string> published = [];
    private readonly List<string> requested = [];

    /// <summary>What goes through the broker.</summary>
    public string[] Published { get; }

    /// <summary>What is sent over HTTP.</summary>
    public string[] Requested { get; }

    /// <summary>What each customer's balance must be.</summary>
    public IEnumerable<(string Customer, long Micro, long Entries)> Expected =>
        expected.Select(customer => (customer.Key, customer.Value.Micro, customer.Value.Entries));

    /// <summary>Ends the ledger's database connections at random moments.</summary>
    public async Task CutConnectionsAsync(LedgerHost ledger, CancellationToken ending)
    {
        await using var cutting = NpgsqlDataSource.Create(ledger.Sql.ConnectionString + ";Application Name=cutter");

        for (var cut = 0; cut < CutsMax && !ending.IsCancellationRequested; cut++)
        {
            await using var command = cutting.CreateCommand("""
                select count(pg_terminate_backend(pid)), pg_sleep(random() * 0.1) from
                (select pid from pg_stat_activity where application_name = 'ledger' order by random() limit 2) as chosen
                """);
            await command.ExecuteNonQueryAsync(CancellationToken.None);
        }
    }

    private void Add(int n)
    {
        var customer = $"c-{random.Next(Customers)}";
        var micro = -random.NextInt64(1, 1_000_000);
        var times = random.Next(10) == 0 ? random.Next(2, 4) : 1;
        var (sum, entries) = expected.GetValueOrDefault(customer);
        expected[customer] = (sum + micro, entries + 1);

        // A reused request id is told by its observation, and only the broker path charges it.
        var isReused = random.Next(10) == 0;
        var envelope = isReused
            ? Envelopes.Of(customer, "reused", micro, observation: $"o-{n}")
            : Envelopes.Of(customer, $"r-{n}", micro);

        for (var time = 0; time < times; time++)
        {
            (isReused || random.Next(2) == 0 ? published : requested).Add(envelope);
        }
    }
}
