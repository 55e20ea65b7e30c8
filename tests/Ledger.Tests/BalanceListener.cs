using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;

namespace EventLedger.Ledger.Tests;

/// <summary>A client that listens to one customer's balances.</summary>
internal sealed class BalanceListener : IAsyncDisposable
{
    private readonly HttpResponseMessage response;
    private readonly StreamReader lines;

    private BalanceListener(HttpResponseMessage response, Stream body)
    {
        this.response = response;
        lines = new StreamReader(body);
    }

    /// <summary>The id of the last event; null before the first.</summary>
    public string? LastEventId { get; private set; }

    /// <summary>Begins to listen, or to go on behind an event.</summary>
    public static async Task<BalanceListener> StartAsync(
        LedgerHost ledger, string customer, string? lastEventId = null, AuthenticationHeaderValue? caller = null)
    {
        var answer = await RequestAsync(ledger, customer, lastEventId, caller);
        answer.StatusCode.ShouldBe(HttpStatusCode.OK);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("text/event-stream");
        return new(answer, await answer.Content.ReadAsStreamAsync()) { LastEventId = lastEventId };
    }

    /// <summary>The head of the answer.</summary>
    public static async Task<HttpResponseMessage> RequestAsync(
        LedgerHost ledger, string customer, string? lastEventId = null, AuthenticationHeaderValue? caller = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"/billing/stream?customer={customer}");
        request.Headers.Authorization = caller ?? ledger.Bearer("auditor");

        if (lastEventId is not null)
        {
            request.Headers.Add("Last-Event-ID", lastEventId);
        }

        return await ledger.Client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead);
    }

    /// <summary>The next event that isn't a heartbeat; null at the end.</summary>
    public async Task<BalanceMessage?> NextAsync()
    {
        while (await BlockAsync() is { } block)
        {
            if (block is not [":"])
            {
                LastEventId = Field(block, "id") ?? LastEventId;
                return new(Field(block, "id"), Field(block, "event"), JsonElement.Parse(Field(block, "data")!));
            }
        }

        return null;
    }

    /// <summary>Waits for a heartbeat.</summary>
    public async Task BeatAsync()
    {
        while (await BlockAsync() is not [":"])
        {
            // An event.
        }
    }

    public ValueTask DisposeAsync()
    {
        lines.Dispose();
        response.Dispose();
        return ValueTask.CompletedTask;
    }

    private static string? Field(List<string> block, string name) =>
        block.FirstOrDefault(line => line.StartsWith($"{name}: "))?[(name.Length + 2)..];

    // The lines up to an empty one.
    private async Task<List<string>?> BlockAsync()
    {
        var block = new List<string>();

        while (await lines.ReadLineAsync() is { } line)
        {
            if (line.Length == 0)
            {
                return block;
            }

            block.Add(line);
        }

        block.ShouldBeEmpty("an event has an end");
        return null;
    }
}

/// <summary>One event of the stream.</summary>
internal sealed record BalanceMessage(string? Id, string? Event, JsonElement Data)
{
    public long Balance => Data.GetProperty("balance_micro_omr").GetInt64();
}
