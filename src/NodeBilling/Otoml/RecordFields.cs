namespace EventLedger.NodeBilling.Otoml;

/// <summary>The names that a record's fields have in a file. Written once, read for ever.</summary>
internal static class RecordFields
{
    public const string AmountCents = "amount_cents";
    public const string CreatedAt = "created_at";
    public const string Description = "description";
    public const string EventId = "event_id";
    public const string IdempotencyKey = "idempotency_key";
    public const string NodeId = "node_id";
    public const string Position = "position";
    public const string ResourceKind = "resource_kind";
    public const string UserSid = "user_sid";
}
