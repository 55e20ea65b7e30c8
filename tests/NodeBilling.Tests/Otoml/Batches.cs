using System.Text;
using EventLedger.NodeBilling.Otoml;

namespace EventLedger.NodeBilling.Tests.Otoml;

/// <summary>Batches and records that tests begin from.</summary>
internal static class Batches
{
    /// <summary>The record of <c>one.otoml</c>.</summary>
    public static readonly NodeUsageRecord Chat = new()
    {
        AmountCents = 12,
        CreatedAt = new DateTimeOffset(2026, 11, 21, 17, 3, 11, TimeSpan.Zero),
        Description = "chat",
        IdempotencyKey = "k-1",
        NodeId = "node-a",
        ResourceKind = "llm_tokens",
        UserSid = "u-1",
    };

    /// <summary>The records of <c>several.otoml</c>, in its order.</summary>
    public static readonly NodeUsageRecord[] Several =
    [
        new()
        {
            AmountCents = long.MaxValue,
            CreatedAt = new DateTimeOffset(2026, 11, 21, 17, 59, 59, 999, 999, TimeSpan.Zero),
            IdempotencyKey = "another producer's, without event",
            NodeId = "node-b",
            ResourceKind = "storage",
            UserSid = "u-2",
        },
        Chat with
        {
            AmountCents = 1,
            CreatedAt = new DateTimeOffset(2026, 11, 21, 17, 0, 0, 500, TimeSpan.Zero),
            Description = "\b\t\n\f\r\"\\\u0001\u001f\u007f '/ é € 😀",
            EventId = Guid.Parse("0191c2a4-7b1e-7a52-9d3c-0123456789ab"),
            IdempotencyKey = "O:",
            NodeId = "[[records]]",
            Position = 7,
            ResourceKind = "# llm_tokens",
        },
        Chat with { EventId = Guid.Parse("0191c2a4-7b1e-7a52-9d3c-0123456789ac"), Position = 12 },
    ];

    /// <summary>The fields of <see cref="Chat"/>, a line each, as another producer may write them.</summary>
    public const string ChatFields = """
        amount_cents = 12
        created_at = 2026-11-21T17:03:11Z
        description = "chat"
        idempotency_key = "k-1"
        node_id = "node-a"
        resource_kind = "llm_tokens"
        user_sid = "u-1"
        """;

    public static byte[] Golden(string name) =>
        File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Otoml", "Golden", name));

    public static UsageBatch Read(string text) => UsageBatchReader.Read(Encoding.UTF8.GetBytes(text));

    /// <summary>The records of a file of which none is refused.</summary>
    public static IEnumerable<NodeUsageRecord> RecordsOf(ReadOnlySpan<byte> file)
    {
        var batch = UsageBatchReader.Read(file);
        batch.Refused.ShouldBeEmpty();
        return batch.Records.Select(placed => placed.Record);
    }

    /// <summary>Why a file as a whole is refused.</summary>
    public static OtomlProblem Refusal(ReadOnlySpan<byte> file)
    {
        try
        {
            UsageBatchReader.Read(file);
        }
        catch (OtomlException refused)
        {
            return refused.Problem;
        }

        throw new ShouldAssertException("The file was read.");
    }

    /// <summary>Asserts that the text is refused at this line and column of its own, with a batch above it.</summary>
    public static void ShouldBreakAt(this string text, int line, int column)
    {
        const string Above = "O:\nrecords = []\n";

        var problem = Refusal(Encoding.UTF8.GetBytes(Above + text));

        problem.Place.ShouldBe(new OtomlPlace(line + 2, column), problem.Message);
    }
}
