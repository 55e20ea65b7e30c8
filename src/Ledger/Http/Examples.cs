namespace EventLedger.Ledger.Http;

/// <summary>Bodies that endpoints take, as the API's description shows them.</summary>
internal static class Examples
{
    /// <summary>An envelope.</summary>
    public const string Envelope = """
        {
          "customer_id": "user-uuid-1", "amount_micro_omr": -2340, "reason": "usage:newapi:qwen3-coder",
          "metadata": {
            "tokens_used": 15, "model": "qwen3-coder", "request_id": "req-1", "tenant_id": "tenant-acme",
            "latency_ms": 423, "completed_at": "2026-11-21T17:00:00Z"
          }
        }
        """;

    /// <summary>A list of envelopes.</summary>
    public const string Envelopes = $"[{Envelope}]";

    /// <summary>A top-up.</summary>
    public const string Credit = """
        {
          "grant_id": "order-7", "customer_id": "user-uuid-1", "tenant_id": "tenant-acme", "amount_omr": "12.5",
          "reason": "top-up"
        }
        """;

    /// <summary>A node's record.</summary>
    public const string NodeUsage = """
        {
          "node_id": "node-a", "user_sid": "user-uuid-1", "amount_cents": 12, "resource_kind": "inference",
          "idempotency_key": "key-1", "description": "chat"
        }
        """;

    /// <summary>A reason.</summary>
    public const string Reason = """{ "reason": "charged twice" }""";

    /// <summary>Another tenant.</summary>
    public const string Tenant = """{ "tenant_id": "tenant-other", "reason": "moved with its team" }""";
}
