using System.Text;
using EventLedger.Contracts.Pricing;
using EventLedger.Proxy.Usage;

namespace EventLedger.Proxy.Tests.Usage;

public class ScanningEvents
{
    private const string Chat = """
        data: {"id":"c","model":"qwen3-coder","choices":[{"delta":{"content":"data: [DONE]\n\n"}}],"usage":null}

        : a comment

        data: {"model":"qwen3-coder","choices":[],"usage":{"prompt_tokens":10,"completion_tokens":5,"total_tokens":15}}

        data: [DONE]


        """;

    private const string Messages = """
        event: message_start
        data: {"type":"message_start","message":{"model":"claude-x","usage":{"input_tokens":25,
        data: "cache_creation_input_tokens":100,"cache_read_input_tokens":7,"output_tokens":1}}}

        event: content_block_delta
        data: {"type":"content_block_delta","delta":{"text":"hi"}}

        event: message_delta
        data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":15}}

        event: message_stop
        data: {"type":"message_stop"}


        """;

    private const string Responses = """
        event: response.created
        data: {"type":"response.created","response":{"model":"o9","usage":null}}

        event: response.completed
        data: {"type":"response.completed","response":{"model":"o9","usage":{"input_tokens":37,
        data: "input_tokens_details":{"cached_tokens":30},"output_tokens":11,
        data: "output_tokens_details":{"reasoning_tokens":9},"total_tokens":48}}}


        """;

    public static TheoryData<string, string> Streams => new()
    {
        { Chat, new TokenCounts(15, Prompt: 10, Completion: 5).ToString() },
        { Messages, new TokenCounts(147, Prompt: 132, Completion: 15, Cached: 7).ToString() },
        { Responses, new TokenCounts(48, Prompt: 37, Completion: 11, Cached: 30, Reasoning: 9).ToString() },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public void A_split_at_any_byte_changes_nothing(string stream, string expected)
    {
        for (var at = 0; at <= stream.Length; at++)
        {
            var scanner = Pieces.Split(new SseUsageScanner(), stream, at);

            Pieces.Found(scanner).ToString().ShouldBe(expected, $"split at {at}");
            scanner.IsComplete.ShouldBeTrue();
            scanner.Model.ShouldNotBeNull();
        }
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void Every_line_ending_will_do(string stream, string expected)
    {
        Pieces.Found(Pieces.Bytes(new SseUsageScanner(), stream.Replace("\n", "\r\n"))).ToString().ShouldBe(expected);
        Pieces.Found(Pieces.Bytes(new SseUsageScanner(), stream.Replace("\n", "\r"))).ToString().ShouldBe(expected);
        Pieces.Found(Pieces.Bytes(new SseUsageScanner(), stream.Replace("data: ", "data:"))).ToString()
            .ShouldBe(expected);
    }

    [Fact]
    public void A_document_may_go_on_over_several_lines()
    {
        const string Stream = "data: {\"usage\":\r\ndata: {\"total_tokens\":\r\ndata: 15}}\r\n\r\n";

        Pieces.Found(Pieces.Bytes(new SseUsageScanner(), Stream)).ShouldBe(new TokenCounts(15));
    }

    [Fact]
    public void A_later_statement_replaces_an_earlier_one()
    {
        const string Stream = """
            data: {"usage":{"prompt_tokens":10,"completion_tokens":1,"total_tokens":11}}

            data: {"usage":{"prompt_tokens":10,"completion_tokens":2,"total_tokens":12}}


            """;

        Pieces.Found(Pieces.Whole(new SseUsageScanner(), Stream)).ShouldBe(new TokenCounts(12, 10, 2));
    }

    [Fact]
    public void A_stream_without_a_mark_of_its_end_is_whole_when_it_ends()
    {
        var scanner = Pieces.Whole(new SseUsageScanner(), "data: {\"usage\":{\"total_tokens\":15}}");
        Pieces.Found(scanner).ShouldBe(UnmeteredReason.NoUsage);

        scanner.End();

        Pieces.Found(scanner).ShouldBe(new TokenCounts(15));
        scanner.IsComplete.ShouldBeTrue();
    }

    [Fact]
    public void A_beginning_states_no_usage_to_charge()
    {
        var start = Messages[..Messages.IndexOf("event: content_block_delta", StringComparison.Ordinal)];

        Pieces.Found(Pieces.Whole(new SseUsageScanner(), start)).ShouldBe(UnmeteredReason.NoUsage);
    }

    [Fact]
    public void Half_an_event_states_nothing()
    {
        var scanner = Pieces.Whole(new SseUsageScanner(), "data: {\"usage\":{\"total_tokens\":15},");
        scanner.End();

        Pieces.Found(scanner).ShouldBe(UnmeteredReason.NoUsage);
    }

    [Fact]
    public void The_model_may_be_named_in_the_first_event_alone()
    {
        const string Stream = "data: {\"model\":\"m\"}\n\ndata: {}\n\ndata: {\"usage\":{\"total_tokens\":15}}\n\n";

        Pieces.Whole(new SseUsageScanner(), Stream).Model.ShouldBe("m");
        Pieces.Bytes(new SseUsageScanner(), Stream).Model.ShouldBe("m");
    }

    [Fact]
    public void Usage_is_found_in_an_event_however_its_key_is_written()
    {
        const string Stream = "data: {\"model\":\"m\"}\n\ndata: {\"us\\u0061ge\":{\"total_tokens\":15}}\n\n"
            + "data: {\"usage\" : null}\n\n";

        Pieces.Found(Pieces.Whole(new SseUsageScanner(), Stream)).ShouldBe(new TokenCounts(15));
    }

    [Theory]
    [InlineData("prompt_tokens")]
    [InlineData("completion_tokens")]
    [InlineData("total_tokens")]
    [InlineData("input_tokens")]
    [InlineData("output_tokens")]
    [InlineData("cache_creation_input_tokens")]
    [InlineData("cache_read_input_tokens")]
    [InlineData("to\\u0074al_tokens")]
    [InlineData("total\\u005ftokens")]
    public void No_count_is_passed_over_among_words(string key)
    {
        const string Word = "data: {\"model\":\"m\",\"usage\":null}\n\n";
        var stream = $"{Word}{Word}data: {{\"usage\":{{\"{key}\":15}}}}\n\n{Word}";

        Pieces.Found(Pieces.Whole(new SseUsageScanner(), stream)).ShouldBe(
            Pieces.Found(Pieces.Bytes(new SseUsageScanner(), stream)));
        Pieces.Whole(new SseUsageScanner(), stream).Usage.IsFinal.ShouldBeTrue();
    }

    [Fact]
    public void Pieces_of_whole_events_say_the_same_as_any_others()
    {
        var stream = Chat + Messages.Replace("data: {\"type\":\"message_stop\"}", "data: {}");
        var scanner = new SseUsageScanner();

        foreach (var piece in stream.Split("\n\n", StringSplitOptions.RemoveEmptyEntries))
        {
            scanner.Scan(Encoding.UTF8.GetBytes(piece + "\n\n"));
        }

        Pieces.Found(scanner).ShouldBe(Pieces.Found(Pieces.Bytes(new SseUsageScanner(), stream)));
        scanner.Model.ShouldBe(Pieces.Bytes(new SseUsageScanner(), stream).Model);
    }

    [Fact]
    public void A_hundred_thousand_events_take_no_memory_of_their_own()
    {
        var scanner = new SseUsageScanner();
        var chunk = Encoding.UTF8.GetBytes(
            "data: {\"choices\":[{\"delta\":{\"content\":\"word\"}}],\"usage\":null}\n\n");
        scanner.Scan(chunk);
        var before = GC.GetAllocatedBytesForCurrentThread();

        for (var n = 0; n < 100_000; n++)
        {
            scanner.Scan(chunk);
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(1024);
    }
}
