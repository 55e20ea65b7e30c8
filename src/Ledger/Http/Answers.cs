namespace EventLedger.Ledger.Http;

/// <summary>Answers that endpoints give, as the API's description shows them.</summary>
internal static class Answers
{
    /// <summary>A balance.</summary>
    public const string Balance = """
        {
          "customer_id": "user-uuid-1", "balance_omr": 12, "balance_micro_omr": 12497660, "entries": 2,
          "position": 3, "balances": { "OMR/6": 12497660 }
        }
        """;

    /// <summary>A page of entries.</summary>
    public const string Entries = $$"""{ "items": [{{EntryFields}} }], "next": null }""";

    /// <summary>An entry.</summary>
    public const string Entry = $$"""
        {{EntryFields}},
          "data": {
            "amount": -2340, "asset": "OMR/6", "reason": "usage:newapi:qwen3-coder", "request_id": "req-1",
            "model": "qwen3-coder", "tokens_used": 15
          }
        }
        """;

    /// <summary>A statement.</summary>
    public const string Statement = """
        {
          "customer_id": "user-uuid-1", "from": "2026-11-01T00:00:00+00:00", "to": "2026-12-01T00:00:00+00:00",
          "position": 3, "opening": { "OMR/6": 0 },
          "totals": [{
            "asset": "OMR/6", "day": "2026-11-21", "model": "qwen3-coder", "kind": "usage_recorded",
            "amount": -2340, "entries": 1, "tokens_used": 15, "prompt_tokens": 10, "completion_tokens": 5,
            "cached_tokens": 0, "reasoning_tokens": 0
          }],
          "closing": { "OMR/6": -2340 }
        }
        """;

    /// <summary>A statement as CSV.</summary>
    public const string StatementCsv =
        "line,recorded_at,position,entry_id,kind,reason,model,request_id,tokens_used,completed_at,asset,amount,"
        + "balance\r\nopening,,,,,,,,,,OMR/6,,0\r\n"
        + "entry,2026-11-21T17:00:01.000000Z,3,4ea2e5e2-ccac-82fc-9ffa-e2d4759d631f,usage_recorded,"
        + "usage:newapi:qwen3-coder,qwen3-coder,req-1,15,2026-11-21T17:00:00Z,OMR/6,-2340,-2340\r\n"
        + "closing,,,,,,,,,,OMR/6,,-2340\r\n";

    /// <summary>A usage report.</summary>
    public const string Usage = """
        {
          "group_by": "model", "asset": "OMR/6", "position": 3,
          "items": [{
            "key": "qwen3-coder", "amount": -2340, "entries": 1, "tokens_used": 15, "prompt_tokens": 10,
            "completion_tokens": 5, "cached_tokens": 0, "reasoning_tokens": 0
          }],
          "next": null
        }
        """;

    /// <summary>A page of customers.</summary>
    public const string Customers = """
        {
          "asset": "OMR/6",
          "items": [{
            "customer_id": "user-uuid-1", "tenant_id": "tenant-acme", "is_closed": false, "balance": 12497660,
            "entries": 2
          }],
          "next": null
        }
        """;

    /// <summary>The newest block.</summary>
    public const string Head = """
        {
          "block": 3, "position": 5, "time": "2026-11-21T17:00:01.123456+00:00",
          "hash": "99e275899479a8073da42738a7534ac2e39f1e159ec34206ecfa60e5b50933cb", "anchor": null
        }
        """;

    /// <summary>A receipt.</summary>
    public const string Receipt = """
        {
          "block": {
            "first_position": 2, "hash": "99e275899479a8073da42738a7534ac2e39f1e159ec34206ecfa60e5b50933cb",
            "number": 2, "positions": 2,
            "root": "8dff8f92d2d75800916ceb345ceaef7e61acb7834267519cd1dd0180870ba69f", "time_us": 1795280401123456
          },
          "event": {
            "data": { "amount": -2340, "asset": "OMR/6", "reason": "usage:newapi:qwen3-coder", "request_id": "req-1" },
            "id": "4ea2e5e2-ccac-82fc-9ffa-e2d4759d631f", "position": 3, "stream": "user-uuid-1",
            "type": "usage_recorded", "version": 2
          },
          "later": [], "path": ["58a78e4c94a588625e9736080a7bb0e218b20e1b4fed91390c9fb0f79c868f1e"],
          "previous_hash": "497d1be45918a035e09cd61e461bf88487debf5f4ed5c8fb5831cf19a8da532d", "receipt": 1
        }
        """;

    /// <summary>What became of a producer's hour.</summary>
    public const string Conservation = """
        {
          "items": [{
            "source": "gateway", "hour": "2026-11-21T17:00:00+00:00", "observed": 1202, "published": 1200, "spooled": 2,
            "refused": 0, "lost": 0, "proxy_difference": 0, "booked": 1199, "duplicates": 0, "waiting": 0,
            "dead_letters": 1, "ledger_difference": 0, "state": "agrees"
          }],
          "next": null
        }
        """;

    private const string EntryFields = """
        {
          "id": "4ea2e5e2-ccac-82fc-9ffa-e2d4759d631f", "customer_id": "user-uuid-1", "position": 3,
          "recorded_at": "2026-11-21T17:00:01+00:00", "kind": "usage_recorded", "asset": "OMR/6", "amount": -2340,
          "reason": "usage:newapi:qwen3-coder", "model": "qwen3-coder", "request_id": "req-1",
          "tenant_id": "tenant-acme", "tokens_used": 15, "completed_at": "2026-11-21T17:00:00Z", "marks": []
        """;
}
