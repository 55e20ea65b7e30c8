using EventLedger.Proxy.Forwarding;
using EventLedger.Proxy.Tests.Rig;
using EventLedger.Testing;

namespace EventLedger.Proxy.Tests;

public class ThreadsThatReadSockets
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(null)]
    [InlineData("0")]
    public async Task Are_as_many_as_processors_unless_the_environment_says_otherwise(string? setting)
    {
        await using var upstream = Upstream.StartJson("{}");
        await using var proxy = await ProxyProcess.StartAsync(
            upstream,
            $"nats://127.0.0.1:{FreePort.Next()}",
            TestFolder.Make("spool"),
            setting is null ? [] : [("DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS", setting)]);

        proxy.ThreadNames.Count(name => name == ".NET Sockets").ShouldBe(
            setting is null ? Environment.ProcessorCount : 1);
    }

    [Fact]
    public async Task Do_not_wait_for_who_reads_what_is_logged()
    {
        // A line for each, of which the system takes 64 KiB.
        const int Clients = 16;
        const int Requests = (ProxyApplication.WaitingLinesMax / Clients) + 100;
        await using var upstream = Upstream.StartJson("""{"no":"usage"}""", remembers: false);
        await using var proxy = await ProxyProcess.StartUnreadAsync(
            upstream, $"nats://127.0.0.1:{FreePort.Next()}", TestFolder.Make("spool"));

        await Parallel.ForAsync(0, Clients, async (_, _) =>
        {
            using var client = await Client.ConnectAsync(proxy.Port);

            for (var n = 0; n < Requests; n++)
            {
                (await client.RequestAsync("/v1/embeddings").WaitAsync(Limit)).Status.ShouldBe(200);
            }
        });
    }

    [Fact]
    public async Task Are_left_from_time_to_time_by_a_body_that_never_makes_its_reader_wait()
    {
        const int TimesMax = 10;
        var connection = new ReadAheadStream(new EndlessStream());
        var buffer = new byte[16 * 1024];

        var bytes = await OnOwnThreadAsync(async () =>
        {
            var read = 0;

            while (!Thread.CurrentThread.IsThreadPoolThread && read < TimesMax * ReadAheadStream.UnwaitedBytesMax)
            {
                read += await connection.ReadAsync(buffer);
            }

            return read;
        });

        // The pool may be quick enough for the reader to find its bytes there.
        bytes.ShouldBeInRange(ReadAheadStream.UnwaitedBytesMax, (TimesMax - 1) * ReadAheadStream.UnwaitedBytesMax);
    }

    [Fact]
    public async Task Are_left_by_a_body_that_had_to_wait_for_room()
    {
        var room = new TaskCompletionSource();
        var connection = new ReadAheadStream(new FullStream(room.Task));

        var isElsewhere = await OnOwnThreadAsync(() =>
        {
            var writing = WriteAsync();
            room.SetResult();
            return writing;
        });

        isElsewhere.ShouldBeTrue();

        async Task<bool> WriteAsync()
        {
            await connection.WriteAsync("x"u8.ToArray());
            return Thread.CurrentThread.IsThreadPoolThread;
        }
    }

    // As a thread that reads sockets is: none of the pool's.
    private static Task<T> OnOwnThreadAsync<T>(Func<Task<T>> work)
    {
        var done = new TaskCompletionSource<Task<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => done.SetResult(work())).Start();
        return done.Task.Unwrap();
    }

    private sealed class EndlessStream : MemoryStream
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            new(buffer.Length);
    }

    private sealed class FullStream(Task room) : MemoryStream
    {
        public override ValueTask WriteAsync(
            ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => new(room);
    }
}
