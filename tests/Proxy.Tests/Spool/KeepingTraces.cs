using System.Buffers;
using EventLedger.Proxy.Metering;
using EventLedger.Proxy.Spool;
using Microsoft.AspNetCore.Http;

namespace EventLedger.Proxy.Tests.Spool;

public class KeepingTraces
{
    private const string Trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

    [Theory]
    [InlineData(Trace)]
    [InlineData(null)]
    public void A_record_is_read_as_it_was_written(string? trace)
    {
        var record = new SpoolRecord(7, Guid.NewGuid(), "{}"u8.ToArray(), trace);
        var bytes = new ArrayBufferWriter<byte>();

        RecordFrame.Write(record, bytes);

        bytes.WrittenCount.ShouldBe(record.FrameBytes);
        RecordFrame.Read(bytes.WrittenSpan, out var read).ShouldBe(FrameState.Whole);
        (read!.Sequence, read.Id, read.TraceParent).ShouldBe((record.Sequence, record.Id, trace));
        read.Body.ToArray().ShouldBe(record.Body.ToArray());
    }

    [Fact]
    public void A_record_without_a_trace_is_written_as_older_proxies_read_it()
    {
        var bytes = new ArrayBufferWriter<byte>();

        RecordFrame.Write(new(1, Guid.Empty, "{}"u8.ToArray()), bytes);

        bytes.WrittenSpan[..4].ToArray().ShouldBe("ELr1"u8.ToArray());
        bytes.WrittenCount.ShouldBe(RecordFrame.HeaderBytes + 2);
    }

    [Theory]
    [InlineData(Trace, Trace)]
    [InlineData("00-00000000000000000000000000000000-00f067aa0ba902b7-01", null)]
    [InlineData("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more", null)]
    [InlineData("00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", null)]
    [InlineData("nonsense", null)]
    [InlineData("", null)]
    public void Only_what_is_a_trace_goes_with_a_request(string sent, string? kept)
    {
        var context = new DefaultHttpContext();
        context.Request.Headers.TraceParent = sent;

        TraceParent.Of(context.Request).ShouldBe(kept);
    }
}
