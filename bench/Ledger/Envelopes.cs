using System.Text;

namespace EventLedger.Ledger.Bench;

/// <summary>Envelopes as the proxy writes them.</summary>
internal static class Envelopes
{
    public static byte[] Make(string run, int n, int customers) => Encoding.UTF8.GetBytes(
        $$$"""
        {"customer_id":"{{{Customer(n, customers)}}}","amount_omr":-0.00234,"amount_micro_omr":-2340,
        "reason":"usage:newapi:qwen3-coder",
        "metadata":{"tokens_used":15,"model":"qwen3-coder","request_id":"{{{run}}}-{{{n}}}","tenant_id":"tenant-acme",
        "latency_ms":423,"completed_at":"2026-11-21T17:00:00Z","prompt_tokens":10,"completion_tokens":5,
        "endpoint":"/v1/chat/completions","stream":true,"usage_source":"upstream",
        "observation_id":"{{{run}}}-{{{n:x8}}}","source":"gateway-1","epoch":"{{{run}}}","sequence":{{{n}}}}}
        """);

    public static string Customer(int n, int customers) => $"customer-{n % customers:000000}";
}
