using System.Buffers;
using System.Text;
using EventLedger.Proxy.Injection;

namespace EventLedger.Proxy.Tests.Injection;

public class TakingUsageOut
{
    private const string Asked = """
        : hello

        data: {"id":"c","choices":[{"delta":{"content":"\"usage\":null"}}],"usage":null}

        event: x
        data: {"usage": null, "id": "c", "choices": []}

        data: {"id":"c","choices":[{"delta":{}}],"usage":{"total_tokens":15}}

        data:{"id":"c","choices":[ ],"usage":{"total_tokens":15}}

        data: {"usage":null}

        data: {"error":{"usage":null}}

        data: not json "usage"

        data: [DONE]


        """;

    private const string Plain = """
        : hello

        data: {"id":"c","choices":[{"delta":{"content":"\"usage\":null"}}]}

        event: x
        data: {"id": "c", "choices": []}

        data: {"id":"c","choices":[{"delta":{}}],"usage":{"total_tokens":15}}

        data: {}

        data: {"error":{"usage":null}}

        data: not json "usage"

        data: [DONE]


        """;

    [Fact]
    public void What_only_the_asking_brought_is_taken_out_wherever_the_stream_is_split()
    {
        for (var at = 0; at <= Asked.Length; at++)
        {
            Remove(Asked, [at]).ShouldBe(Plain, $"split at {at}");
        }

        Remove(Asked, Enumerable.Range(0, Asked.Length)).ShouldBe(Plain);
    }

    [Fact]
    public void Lines_may_end_in_both_characters()
    {
        var asked = Asked.Replace("\n", "\r\n");

        Remove(asked, Enumerable.Range(0, asked.Length)).ShouldBe(Plain.Replace("\n", "\r\n"));
    }

    [Theory]
    [InlineData("data: {\"usage\":null}\r\rdata: x\r\r")]
    [InlineData("data: {\"usage\":null}")]
    [InlineData("\n\n\n\n")]
    [InlineData("{\"usage\":null}\n")]
    public void A_stream_of_another_form_passes_as_it_is(string stream)
    {
        Remove(stream, []).ShouldBe(stream);
        Remove(stream, Enumerable.Range(0, stream.Length)).ShouldBe(stream);
    }

    [Fact]
    public void An_event_is_looked_at_to_its_bound_and_passes_beyond()
    {
        const string Frame = "data: {\"x\":\"\",\"usage\":null}\n\n";
        var filler = new string('x', UsageRemover.EventBytesMax - Frame.Length);
        var largest = $"data: {{\"x\":\"{filler}\",\"usage\":null}}\n\n";
        var tooLarge = largest.Replace("\"x\":", "\"xx\":");

        Remove(largest, [1000]).ShouldNotContain("usage");
        Remove(tooLarge + Asked, [1000]).ShouldBe(tooLarge + Plain);
    }

    [Fact]
    public void A_whole_event_is_never_held_back()
    {
        var remover = new UsageRemover();
        var output = new ArrayBufferWriter<byte>();

        remover.Take("data: {\"a\":1,\"usage\":null}\n\n"u8, output);

        Encoding.UTF8.GetString(output.WrittenSpan).ShouldBe("data: {\"a\":1}\n\n");
    }

    private static string Remove(string stream, IEnumerable<int> splits)
    {
        var remover = new UsageRemover();
        var output = new ArrayBufferWriter<byte>();
        var bytes = Encoding.UTF8.GetBytes(stream);
        var from = 0;

        foreach (var at in splits.Append(bytes.Length))
        {
            remover.Take(bytes.AsSpan(from, at - from), output);
            from = at;
        }

        remover.End(output);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }
}
