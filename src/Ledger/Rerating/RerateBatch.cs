namespace EventLedger.Ledger.Rerating;

/// <summary>What became of a batch of charges.</summary>
internal sealed class RerateBatch
{
    private readonly List<RerateLine> lines = [];

    /// <summary>A line for each customer and model, in the order of the charges.</summary>
    public IReadOnlyList<RerateLine> Lines => lines;

    /// <summary>Charges that have no price.</summary>
    public long Unpriced { get; private set; }

    /// <summary>Charges that were undone.</summary>
    public long Reversed { get; private set; }

    /// <summary>Corrections that were booked.</summary>
    public long Booked { get; set; }

    /// <summary>Charges that differ and have no correction, with the reason.</summary>
    public List<(Guid ChargeId, string Reason)> Refused { get; } = [];

    /// <summary>Adds a charge, which follows those of the same customer and model.</summary>
    public void Add(ChargedUsage usage, Rerate rerate)
    {
        Unpriced += rerate.Kind is RerateKind.Unpriced ? 1 : 0;
        Reversed += rerate.Kind is RerateKind.Reversed ? 1 : 0;

        if (rerate.Kind is not RerateKind.Priced)
        {
            return;
        }

        var line = new RerateLine(
            usage.CustomerId, usage.Model ?? "", 1, usage.Tokens!.Value.Total, rerate.Charged, rerate.Rerated);

        if (lines is [.., var last] && last.IsLike(line))
        {
            lines[^1] = last.With(line);
        }
        else
        {
            lines.Add(line);
        }
    }
}
