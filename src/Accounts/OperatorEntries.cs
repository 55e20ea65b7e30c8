using System.Text.Json.Serialization;

namespace EventLedger.Accounts;

/// <summary>A top-up.</summary>
public sealed record CreditGranted : AccountEvent
{
    /// <summary>What was granted, in the asset's smallest unit, above zero.</summary>
    public required long Amount { get; init; }

    /// <summary>The asset that <see cref="Amount"/> counts, <c>OMR/6</c>.</summary>
    public required string Asset { get; init; }

    /// <summary>What it was granted for.</summary>
    public required string Reason { get; init; }

    /// <summary>The granter's name for the grant; what makes granting it again harmless.</summary>
    public required string GrantId { get; init; }

    /// <summary>The operator.</summary>
    public required string GrantedBy { get; init; }

    /// <summary>What a repetition must equal to be the same grant; 16 hexadecimal digits.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Marks a grant to an account that was closed before.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AfterClosing { get; init; }
}

/// <summary>An entry was undone by its opposite. The entry itself stays as it is.</summary>
public sealed record UsageReversed : AccountEvent
{
    /// <summary>The opposite of the undone amount, in the asset's smallest unit.</summary>
    public required long Amount { get; init; }

    /// <summary>The asset that <see cref="Amount"/> counts, <c>OMR/6</c>.</summary>
    public required string Asset { get; init; }

    /// <summary>Why.</summary>
    public required string Reason { get; init; }

    /// <summary>The id of the undone event.</summary>
    public required Guid Reverses { get; init; }

    /// <summary>The stored name of the undone event, which need not be usage.</summary>
    public required string ReversedType { get; init; }

    /// <summary>The undone event's model, so that a model's amounts add up to what was kept.</summary>
    public string? Model { get; init; }

    /// <summary>When what is undone was completed, UTC: the reversal belongs to that day in usage reports.</summary>
    public string? CompletedAt { get; init; }

    /// <summary>The operator.</summary>
    public required string ReversedBy { get; init; }

    /// <summary>What a repetition must equal to be the same reversal; 16 hexadecimal digits.</summary>
    public required string Fingerprint { get; init; }

    /// <summary>Marks a reversal on an account that was closed before.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingDefault)]
    public bool AfterClosing { get; init; }
}
