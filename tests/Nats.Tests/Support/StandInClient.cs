using System.Text;

namespace EventLedger.Nats.Tests;

/// <summary>A program with the client in it. What it has done is in its book before anyone is told.</summary>
internal static class StandInClient
{
    private const int BatchMax = 100;

    /// <summary>Publishes the messages <c>round-1</c>, <c>round-2</c>, … and ends.</summary>
    public static async Task PublishAsync(string url, string round, int messages, string book)
    {
        await using var connection = Broker.Connect(url);
        await using var publisher = new JetStream(connection).CreatePublisher(Broker.PatientPublisher);
        await using var booked = File.Create(book);

        await Task.WhenAll(Enumerable.Range(1, messages).Select(async i =>
        {
            var id = $"{round}-{i}";
            await publisher.PublishAsync(Broker.Subject, id, default, Broker.Body(id), CancellationToken.None);
            Write(booked, [id]);
        }));
    }

    /// <summary>Reads and acknowledges until it is killed.</summary>
    public static async Task ReadAsync(string url, string book)
    {
        await using var connection = Broker.Connect(url);
        await using var consumer = new JetStream(connection).CreateConsumer(
            Broker.Stream, Broker.Durable, Broker.QuickPull);
        await using var booked = File.Create(book);

        await foreach (var batch in consumer.ReadBatchesAsync(BatchMax, CancellationToken.None))
        {
            Write(booked, batch.Select(message => Encoding.UTF8.GetString(message.Body.Span)));
            batch.ToList().ForEach(message => message.Ack());
        }
    }

    private static void Write(FileStream book, IEnumerable<string> lines)
    {
        lock (book)
        {
            book.Write(Encoding.UTF8.GetBytes(string.Concat(lines.Select(line => line + '\n'))));
            book.Flush();
        }
    }
}
