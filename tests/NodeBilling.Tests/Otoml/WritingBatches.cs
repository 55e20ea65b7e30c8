using System.Text;
using EventLedger.NodeBilling.Otoml;

namespace EventLedger.NodeBilling.Tests.Otoml;

public class WritingBatches
{
    public static TheoryData<string, NodeUsageRecord[]> Files => new()
    {
        { "one.otoml", [Batches.Chat] },
        { "several.otoml", Batches.Several },
        { "none.otoml", [] },
    };

    [Theory]
    [MemberData(nameof(Files))]
    public void A_batch_is_written_as_its_golden_file(string name, NodeUsageRecord[] records) =>
        Encoding.UTF8.GetString(UsageBatchWriter.Write(records))
            .ShouldBe(Encoding.UTF8.GetString(Batches.Golden(name)));

    [Theory]
    [MemberData(nameof(Files))]
    public void A_golden_file_is_read_as_its_batch(string name, NodeUsageRecord[] records) =>
        Batches.RecordsOf(Batches.Golden(name)).ShouldBe(records);

    [Fact]
    public void A_late_record_is_added_at_the_end()
    {
        var before = UsageBatchWriter.Write(Batches.Several);
        var late = Batches.Chat with { Position = 13, CreatedAt = Batches.Chat.CreatedAt.AddMinutes(-2) };

        UsageBatchWriter.Write([late, .. Batches.Several]).AsSpan().StartsWith(before).ShouldBeTrue();
    }

    [Fact]
    public void Records_without_a_position_are_ordered_by_time()
    {
        var early = Batches.Chat with { IdempotencyKey = "z", CreatedAt = Batches.Chat.CreatedAt.AddTicks(-10) };

        Batches.RecordsOf(UsageBatchWriter.Write([Batches.Chat, early])).ShouldBe([early, Batches.Chat]);
    }

    [Fact]
    public void What_a_file_doesn_t_keep_of_a_time_does_not_order_it()
    {
        var first = Batches.Chat with { Description = "a", CreatedAt = Batches.Chat.CreatedAt.AddTicks(9) };
        var second = Batches.Chat with { Description = "b", CreatedAt = Batches.Chat.CreatedAt.AddTicks(1) };
        var file = UsageBatchWriter.Write([second, first]);

        UsageBatchWriter.Write(Batches.RecordsOf(file)).ShouldBe(file);
    }

    [Fact]
    public void One_instant_is_one_text_whatever_its_offset()
    {
        var elsewhere = Batches.Chat with { CreatedAt = Batches.Chat.CreatedAt.ToOffset(TimeSpan.FromHours(4)) };

        UsageBatchWriter.Write([elsewhere]).ShouldBe(Batches.Golden("one.otoml"));
    }

    public static TheoryData<NodeUsageRecord, string> Unwritable => new()
    {
        { Batches.Chat with { AmountCents = 0 }, "amount_cents is 0" },
        { Batches.Chat with { AmountCents = -5 }, "amount_cents is -5" },
        { Batches.Chat with { Position = 0 }, "position is 0" },
        { Batches.Chat with { IdempotencyKey = "" }, "idempotency_key is empty" },
        { Batches.Chat with { NodeId = " \t" }, "node_id is empty" },
        { Batches.Chat with { NodeId = "a\0" }, "node_id holds the character NUL" },
        { Batches.Chat with { ResourceKind = new('r', 513) }, "resource_kind has 513 characters; at most 512" },
        { Batches.Chat with { UserSid = new('u', 513) }, "user_sid has 513 characters; at most 512" },
        { Batches.Chat with { IdempotencyKey = new('k', 8193) }, "idempotency_key has 8193 characters" },
        { Batches.Chat with { Description = new('d', 8193) }, "description has 8193 characters; at most 8192" },
    };

    [Theory]
    [MemberData(nameof(Unwritable))]
    public void A_record_that_nobody_could_read_back_is_not_written(NodeUsageRecord record, string problem) =>
        Should.Throw<ArgumentException>(() => UsageBatchWriter.Write([record])).Message.ShouldContain(problem);

    [Fact]
    public void Half_a_character_is_not_written()
    {
        foreach (var text in new[] { "\ud83d", "\ude00", "\ude00\ud83d", "a\ud83db" })
        {
            Should.Throw<ArgumentException>(() => UsageBatchWriter.Write([Batches.Chat with { Description = text }]))
                .Message.ShouldContain("description holds half a character");
        }
    }

    [Fact]
    public void The_first_problem_by_the_alphabet_is_named()
    {
        var record = Batches.Chat with { UserSid = "", NodeId = "", Position = -1 };

        RecordRules.ProblemOf(record)!.Value.Field.ShouldBe("node_id");
        RecordRules.ProblemOf(record with { NodeId = "n" })!.Value.Field.ShouldBe("position");
        RecordRules.ProblemOf(record with { NodeId = "n", Position = 1 })!.Value.Field.ShouldBe("user_sid");
        RecordRules.ProblemOf(Batches.Chat).ShouldBeNull();
    }
}
