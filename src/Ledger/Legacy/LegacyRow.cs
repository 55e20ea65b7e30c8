using EventLedger.Contracts.Money;

namespace EventLedger.Ledger.Legacy;

/// <summary>A row of the old table, with the customer that it names.</summary>
internal sealed record LegacyRow
{
    /// <summary>Its id.</summary>
    public required Guid Id { get; init; }

    /// <summary>The customer's id in the old table.</summary>
    public Guid? CustomerId { get; init; }

    /// <summary>Whether the old table has that customer.</summary>
    public bool HasCustomer { get; init; }

    /// <summary>The customer's <c>user_id</c>, the name of their stream.</summary>
    public string? UserId { get; init; }

    /// <summary>The customer's tenant.</summary>
    public string? TenantId { get; init; }

    /// <summary>Whole OMR.</summary>
    public long AmountOmr { get; init; }

    /// <summary>Micro-OMR beside them; 0 in tables without.</summary>
    public long AmountMicroOmr { get; init; }

    /// <summary>What it was for.</summary>
    public string? Reason { get; init; }

    /// <summary>The order it belongs to.</summary>
    public string? OrderId { get; init; }

    /// <summary>What has become of it.</summary>
    public string? Status { get; init; }

    /// <summary>When it was written.</summary>
    public DateTimeOffset? CreatedAt { get; init; }

    /// <summary>The request that it charges, or what else it refers to.</summary>
    public string? ExternalRef { get; init; }

    /// <summary>A JSON object.</summary>
    public string? Metadata { get; init; }

    /// <summary>The first one of the rows that charge the same request; null where it is the only one.</summary>
    public Guid? FirstOfRequest { get; init; }

    /// <summary>What it is worth, however much that is.</summary>
    public Int128 WorthMicroOmr => ((Int128)AmountOmr * Omr.MicroPerOmr) + AmountMicroOmr;
}
