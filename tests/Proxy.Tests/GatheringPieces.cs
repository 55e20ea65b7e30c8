using System.Text;
using EventLedger.Proxy.Forwarding;
using EventLedger.Proxy.Tests.Rig;

namespace EventLedger.Proxy.Tests;

public class GatheringPieces
{
    private readonly ArrivingStream arriving = new();
    private readonly byte[] buffer = new byte[8];

    [Fact]
    public async Task What_has_arrived_goes_on_in_one_piece()
    {
        var gathering = new GatheringStream(arriving, beginsAtOnce: false);
        arriving.Arrive("ab");
        arriving.Arrive("c");
        arriving.Arrive("de");

        (await TextAsync(gathering)).ShouldBe("abcde");

        arriving.End();
        (await TextAsync(gathering)).ShouldBe("");
    }

    [Fact]
    public async Task Where_few_are_under_way_the_first_piece_goes_on_by_itself()
    {
        var gathering = new GatheringStream(arriving, beginsAtOnce: true);
        arriving.Arrive("ab");
        arriving.Arrive("c");
        arriving.Arrive("de");

        (await TextAsync(gathering)).ShouldBe("ab");
        (await TextAsync(gathering)).ShouldBe("cde");

        arriving.End();
        (await TextAsync(gathering)).ShouldBe("");
    }

    [Fact]
    public async Task Nothing_waits_for_what_has_not_arrived()
    {
        var gathering = new GatheringStream(arriving, beginsAtOnce: false);
        arriving.Arrive("ab");

        var first = gathering.ReadAsync(buffer);
        first.IsCompleted.ShouldBeTrue();
        (await first).ShouldBe(2);

        var wait = gathering.ReadAsync(Memory<byte>.Empty);
        wait.IsCompleted.ShouldBeFalse();
        arriving.Arrive("cd");
        (await wait).ShouldBe(0);
        (await TextAsync(gathering)).ShouldBe("cd");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_asks_for_bytes_at_once_gets_the_next_ones(bool isBehindOthers)
    {
        var gathering = new GatheringStream(arriving, beginsAtOnce: false);

        if (isBehindOthers)
        {
            arriving.Arrive("ab");
            (await TextAsync(gathering)).ShouldBe("ab");
        }

        var next = TextAsync(gathering);
        next.IsCompleted.ShouldBeFalse();
        arriving.Arrive("cd");
        (await next).ShouldBe("cd");
    }

    [Fact]
    public async Task No_more_is_gathered_than_there_is_room_for()
    {
        var gathering = new GatheringStream(arriving, beginsAtOnce: false);
        arriving.Arrive("abcdef");
        arriving.Arrive("ghijkl");

        (await TextAsync(gathering)).ShouldBe("abcdefgh");
        (await TextAsync(gathering)).ShouldBe("ijkl");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_came_before_a_break_goes_on_before_it(bool isHidden)
    {
        var gathering = new GatheringStream(arriving, beginsAtOnce: false);
        arriving.Arrive("ab");
        arriving.Fail(new IOException("cut"), isHidden);

        (await TextAsync(gathering)).ShouldBe("ab");
        (await Should.ThrowAsync<IOException>(() => TextAsync(gathering))).Message.ShouldBe("cut");
    }

    [Fact]
    public async Task A_connection_is_read_ahead_only_where_bytes_are_known_to_be_there()
    {
        var connection = new ReadAheadStream(arriving);
        arriving.Arrive("abcdefghij");

        (await TextAsync(connection)).ShouldBe("abcdefgh");
        (await connection.ReadAsync(Memory<byte>.Empty)).ShouldBe(0);
        arriving.Arrive("klmnopqrst");
        (await TextAsync(connection)).ShouldBe("ij");
        (await connection.ReadAsync(Memory<byte>.Empty)).ShouldBe(0);
        (await TextAsync(connection)).ShouldBe("klmnopqr");
        (await TextAsync(connection)).ShouldBe("st");
        arriving.Arrive("u");
        (await TextAsync(connection)).ShouldBe("u");

        arriving.Rooms.ShouldBe([buffer.Length, ReadAheadStream.BytesMax, ReadAheadStream.BytesMax, buffer.Length]);
    }

    [Fact]
    public async Task A_wait_on_a_connection_ends_when_bytes_come_and_a_break_is_no_end()
    {
        var connection = new ReadAheadStream(arriving);
        var wait = connection.ReadAsync(Memory<byte>.Empty);
        wait.IsCompleted.ShouldBeFalse();
        arriving.Arrive("ab");
        await wait;
        (await TextAsync(connection)).ShouldBe("ab");

        arriving.Arrive("c");
        (await connection.ReadAsync(Memory<byte>.Empty)).ShouldBe(0);
        (await TextAsync(connection)).ShouldBe("c");
        arriving.Fail(new IOException("cut"));
        await Should.ThrowAsync<IOException>(() => TextAsync(connection));
    }

    private async Task<string> TextAsync(Stream stream) =>
        Encoding.ASCII.GetString(buffer, 0, await stream.ReadAsync(buffer));
}
