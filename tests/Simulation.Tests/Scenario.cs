using EventLedger.Ledger.Tests;

namespace EventLedger.Simulation.Tests;

/// <summary>
/// What happens in one round, made from its seed alone: what is sent, in which order, and what goes wrong.
/// </summary>
internal sealed class Scenario
{
    private const int Charges = 800;
    private const int Customers = 7;
    private const int LateCustomers = 3;
    private const int RepetitionsMax = 3;

    private static readonly string[] RetriedStates = ["40001", "53100", "57014", "58030"];

    private readonly Random random;
    private readonly List<Sending> sendings = [];

    public Scenario(int seed)
    {
        random = new Random(seed);

        for (var n = 0; n < Charges; n++)
        {
            Add(n);
        }

        for (var late = 0; late < LateCustomers; late++)
        {
            AddRepeated(new($"late-{late}", $"opening-{late}", -1));
        }

        random.Shuffle(Sendings = [.. sendings]);
        Troubles = [.. TroublesInOrder()];
        CommitsToEachFailure = random.Next(20, 60);
        FailureState = RetriedStates[random.Next(RetriedStates.Length)];
    }

    /// <summary>What is sent, in order.</summary>
    public Sending[] Sendings { get; }

    /// <summary>What goes wrong, and after how many sendings.</summary>
    public (int After, Trouble Trouble)[] Troubles { get; }

    /// <summary>Of so many commits one fails, at its very end.</summary>
    public int CommitsToEachFailure { get; }

    /// <summary>The SQLSTATE that it fails with.</summary>
    public string FailureState { get; }

    private void Add(int n)
    {
        // One customer is hot: half of all charges are its own.
        var customer = random.Next(2) == 0 ? "hot" : $"c-{random.Next(Customers)}";
        var micro = -random.NextInt64(1, 1_000_000);

        switch (random.Next(20))
        {
            case 0: AddReusedOverBroker(new(customer, "reused", micro, $"o-{n}")); break;
            case 1: AddConflictOverHttp(customer, $"x-{n}", micro); break;
            case 2: Send(new(customer, "", micro), OverBroker(), [Fate.DeadLettered], [400]); break;
            case 3: Send(new($"nobody-{n}", $"r-{n}", micro, Tenant: null), false, [Fate.Refused], [404]); break;
            case 4: AddBeforeOpening(new($"late-{random.Next(LateCustomers)}", $"r-{n}", micro, Tenant: null)); break;
            case 5: AddPastTheLimit(n); break;
            default: AddRepeated(new(customer, $"r-{n}", micro)); break;
        }
    }

    private void AddRepeated(Charge charge)
    {
        var times = random.Next(4) == 0 ? random.Next(2, RepetitionsMax + 1) : 1;

        for (var time = 0; time < times; time++)
        {
            Send(charge, OverBroker(), [Fate.Booked], [200]);
        }
    }

    // Who resends one request id must not get free use: each observation is charged.
    private void AddReusedOverBroker(Charge charge) => Send(charge, overBroker: true, [Fate.Booked], []);

    // Whichever comes first is booked, and the other one isn't.
    private void AddConflictOverHttp(string customer, string request, long micro)
    {
        Send(new(customer, request, micro), false, [Fate.Booked, Fate.Refused], [200, 409]);
        Send(new(customer, request, micro - 1), false, [Fate.Booked, Fate.Refused], [200, 409]);
    }

    private void AddBeforeOpening(Charge charge) => Send(charge, overBroker: true, [Fate.Booked], []);

    // Two of these fit 64 bits, whichever they are.
    private void AddPastTheLimit(int n) => Send(
        new("full", $"r-{n}", -(1L << 62)), OverBroker(), [Fate.Booked, Fate.DeadLettered], [200, 422]);

    private void Send(Charge charge, bool overBroker, Fate[] fates, int[] answers) =>
        sendings.Add(new(charge, overBroker, fates, answers));

    private bool OverBroker() => random.Next(2) == 0;

    private IEnumerable<(int After, Trouble Trouble)> TroublesInOrder()
    {
        Trouble[] troubles =
        [
            Trouble.CutConnections, Trouble.KillLedger, Trouble.CutConnections, Trouble.KillDatabase,
            Trouble.CutConnections,
        ];
        random.Shuffle(troubles);
        var places = Enumerable.Range(0, troubles.Length).Select(_ => random.Next(Sendings.Length)).Order();
        return places.Zip(troubles);
    }
}

/// <summary>A charge, told from every other one by its fields.</summary>
internal sealed record Charge(
    string Customer, string Request, long Micro, string? Observation = null, string? Tenant = "tenant-acme")
{
    public string Envelope => Envelopes.Of(Customer, Request, Micro, Tenant, Observation);
}

/// <summary>A charge on its way.</summary>
/// <param name="Charge">What is sent.</param>
/// <param name="OverBroker">Through the broker, or over HTTP.</param>
/// <param name="Fates">What may become of it.</param>
/// <param name="Answers">The statuses that HTTP may answer it with in the end.</param>
internal sealed record Sending(Charge Charge, bool OverBroker, Fate[] Fates, int[] Answers);

/// <summary>What becomes of a charge.</summary>
internal enum Fate
{
    Booked,
    Refused,
    DeadLettered,
}

/// <summary>What goes wrong.</summary>
internal enum Trouble
{
    CutConnections,
    KillLedger,
    KillDatabase,
}
