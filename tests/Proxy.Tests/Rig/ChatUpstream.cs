using System.Text;
using EventLedger.Proxy.Tests.Usage;

namespace EventLedger.Proxy.Tests.Rig;

/// <summary>An upstream that streams chat completions, with usage where the request asks for it.</summary>
internal static class ChatUpstream
{
    /// <summary>The words of an answer.</summary>
    public const int Words = 20;

    /// <summary>The tokens of an answer.</summary>
    public const int Tokens = 30;

    /// <summary>One chunk of an answer.</summary>
    public static string Word(int n, bool asked) =>
        $"data: {{\"id\":\"c\",\"model\":\"m\",\"choices\":[{{\"delta\":{{\"content\":\"w{n}\"}}}}]"
        + (asked ? ",\"usage\":null}\n\n" : "}\n\n");

    /// <summary>Streams an answer; before each next word it waits for <paramref name="received"/>.</summary>
    public static async Task AnswerAsync(UpstreamCall call, string? encoding, SemaphoreSlim? received = null)
    {
        var asked = await AsksForUsageAsync(call);
        var sent = new MemoryStream();
        using var encoder = Compression.Encoder(encoding ?? "identity", sent);
        await call.BeginChunksAsync("text/event-stream", encoding is null ? "" : $"Content-Encoding: {encoding}\r\n");

        for (var n = 0; n < Words; n++)
        {
            await SendAsync(call, encoder, sent, Word(n, asked));
            await (received?.WaitAsync() ?? Task.CompletedTask);
        }

        if (asked)
        {
            await SendAsync(call, encoder, sent, Usage);
        }

        await SendAsync(call, encoder, sent, "data: [DONE]\n\n");
        encoder.Dispose();

        if (encoding is not null && sent.ToArray() is { Length: > 0 } rest)
        {
            await call.SendChunkAsync(rest);
        }

        await call.EndChunksAsync();
    }

    /// <summary>Streams an answer in pieces that fit neither events nor what the encoder made at once.</summary>
    public static async Task AnswerInPiecesAsync(UpstreamCall call, string encoding, Random random)
    {
        var asked = await AsksForUsageAsync(call);
        var words = string.Concat(Enumerable.Range(0, Words).Select(n => Word(n, asked)));
        var body = Compression.Encode(
            encoding, Encoding.UTF8.GetBytes(words + (asked ? Usage : "") + "data: [DONE]\n\n"));
        var named = encoding is "identity" ? "" : $"Content-Encoding: {encoding.Replace("raw-", "")}\r\n";
        await call.BeginChunksAsync("text/event-stream", named);

        for (var at = 0; at < body.Length;)
        {
            var end = Math.Min(at + random.Next(1, 60), body.Length);
            await call.SendChunkAsync(body.AsSpan(at..end));
            at = end;
        }

        await call.EndChunksAsync();
    }

    /// <summary>Knows no stream options.</summary>
    public static async Task RefuseToBeAskedAsync(UpstreamCall call, string? encoding = null)
    {
        if (await AsksForUsageAsync(call))
        {
            await call.AnswerAsync(
                "application/json",
                Compression.Encode(encoding ?? "identity", "{\"error\":\"unknown field stream_options\"}"u8.ToArray()),
                encoding is null ? "" : $"Content-Encoding: {encoding}\r\n",
                "400 Bad Request");
            return;
        }

        await AnswerAsync(call, null);
    }

    private static string Usage =>
        "data: {\"id\":\"c\",\"choices\":[],"
        + $"\"usage\":{{\"prompt_tokens\":10,\"completion_tokens\":20,\"total_tokens\":{Tokens}}}}}\n\n";

    private static async Task<bool> AsksForUsageAsync(UpstreamCall call) =>
        Encoding.UTF8.GetString(await call.ReadBodyAsync()).Contains("\"include_usage\":true");

    private static async Task SendAsync(UpstreamCall call, Stream encoder, MemoryStream sent, string text)
    {
        encoder.Write(Encoding.UTF8.GetBytes(text));
        encoder.Flush();
        await call.SendChunkAsync(sent.ToArray());
        sent.SetLength(0);
    }
}
