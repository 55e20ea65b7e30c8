namespace EventLedger.Nats.Tests;

public class WaitingToBeSent
{
    private readonly Outbox outbox = new();

    [Fact]
    public void What_is_urgent_goes_before_what_waited_longer()
    {
        outbox.TryWrite(Lane.Publish, Frame("publish"));
        outbox.TryWrite(Lane.Control, Frame("control"));
        outbox.OwePong();

        Taken().ShouldBe("PONG\r\n");
        Taken().ShouldBe("control");
        Taken().ShouldBe("publish");
        outbox.TryTake().ShouldBeNull();
    }

    [Fact]
    public async Task What_is_written_after_all_was_taken_wakes_the_writer()
    {
        outbox.TryTake().ShouldBeNull();
        var waiting = outbox.WaitAsync();
        waiting.IsCompleted.ShouldBeFalse();

        outbox.TryWrite(Lane.Publish, Frame("late"));

        (await waiting).ShouldBeTrue();
        Taken().ShouldBe("late");
    }

    // A bell that still rang after the end kept a processor busy for ever.
    [Fact]
    public async Task After_the_end_there_is_nothing_to_take_and_nothing_to_wait_for()
    {
        outbox.TryTake().ShouldBeNull();
        outbox.TryWrite(Lane.Publish, Frame("lost"));

        outbox.Close();

        outbox.TryTake().ShouldBeNull();
        (await outbox.WaitAsync()).ShouldBeFalse();
        outbox.TryWrite(Lane.Publish, Frame("too late")).ShouldBeFalse();
    }

    [Fact]
    public void A_lane_takes_no_more_than_its_bytes()
    {
        var large = new FixedFrame(new byte[Outbox.LaneBytesMax / 4]);

        for (var i = 0; i < 4; i++)
        {
            outbox.TryWrite(Lane.Publish, large).ShouldBeTrue();
        }

        outbox.TryWrite(Lane.Publish, FixedFrame.Ping).ShouldBeFalse();
        outbox.TryWrite(Lane.Control, FixedFrame.Ping).ShouldBeTrue();
    }

    private string Taken() => System.Text.Encoding.UTF8.GetString(outbox.TryTake()!.Filled.Span);

    private static FixedFrame Frame(string text) => new(Broker.Body(text));
}
