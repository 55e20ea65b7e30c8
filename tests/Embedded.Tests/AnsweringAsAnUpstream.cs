using System.Net.Http.Json;
using EventLedger.Embedded.Examples;
using EventLedger.Testing;

namespace EventLedger.Embedded.Tests;

public sealed class AnsweringAsAnUpstream : IAsyncLifetime
{
    private readonly HttpClient http = new();
    private readonly int port = FreePort.Next();
    private ExampleUpstream? upstream;

    public async Task InitializeAsync() => upstream = await ExampleUpstream.StartAsync(port, CancellationToken.None);

    public async Task DisposeAsync()
    {
        http.Dispose();
        await upstream!.DisposeAsync();
    }

    [Fact]
    public async Task A_plain_answer_carries_its_usage() =>
        ExampleUsage.Tokens(await AskAsync(stream: false, includeUsage: false), streamed: false).ShouldBe(2 + 4);

    [Fact]
    public async Task A_stream_carries_its_usage_in_the_last_chunk_when_asked()
    {
        var body = await AskAsync(stream: true, includeUsage: true);

        ExampleUsage.Tokens(body, streamed: true).ShouldBe(2 + 4);
        body.ShouldEndWith("data: [DONE]\n\n");
    }

    [Fact]
    public async Task A_stream_carries_no_usage_when_not_asked() =>
        ExampleUsage.Tokens(await AskAsync(stream: true, includeUsage: false), streamed: true).ShouldBeNull();

    private async Task<string> AskAsync(bool stream, bool includeUsage)
    {
        var answer = await http.PostAsJsonAsync(new Uri($"http://127.0.0.1:{port}/v1/chat/completions"), new
        {
            model = "m",
            messages = new[] { new { role = "user", content = "hello there" } },
            stream,
            stream_options = includeUsage ? new { include_usage = true } : null,
        });

        return await answer.Content.ReadAsStringAsync();
    }
}
