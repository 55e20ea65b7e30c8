namespace EventLedger.Ledger.Tests;

/// <summary>Envelopes as other producers write them.</summary>
public static class Envelopes
{
    public static string Of(
        string customer, string request, long micro = -234,
        string? tenant = "tenant-acme", string? observation = null) =>
        $$"""
        {"customer_id":"{{customer}}","amount_omr":{{micro / 1_000_000m}},"amount_micro_omr":{{micro}},
        "reason":"usage:newapi:qwen3-coder",
        "metadata":{"tokens_used":15,"model":"qwen3-coder","request_id":"{{request}}"
        {{Field("tenant_id", tenant)}}{{Field("observation_id", observation)}},"latency_ms":423,
        "completed_at":"2026-11-21T17:00:00Z"} }
        """;

    private static string Field(string name, string? value) => value is null ? "" : $",\"{name}\":\"{value}\"";
}
