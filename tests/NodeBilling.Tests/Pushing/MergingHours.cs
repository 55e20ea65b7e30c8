using EventLedger.NodeBilling.Otoml;
using EventLedger.NodeBilling.Pushing;
using EventLedger.NodeBilling.Tests.Otoml;

namespace EventLedger.NodeBilling.Tests.Pushing;

public class MergingHours
{
    private static NodeUsageRecord Record(int number) => Batches.Chat with
    {
        IdempotencyKey = $"k-{number}",
        Position = number + 1,
    };

    [Fact]
    public void The_same_records_make_the_same_file_in_whatever_order_they_came()
    {
        var records = Enumerable.Range(0, 50).Select(Record).ToArray();

        var one = Merge([], records);
        var other = Merge([records[25..]], [.. records.Reverse()]);

        one.Files.Single().ShouldBe(other.Files.Single());
    }

    [Fact]
    public void A_record_that_was_changed_says_again_what_the_ledger_says()
    {
        var merge = Merge([[Record(1) with { AmountCents = 99 }]], [Record(1)]);

        merge.Corrected.ShouldBe(1);
        Batches.RecordsOf(merge.Files.Single()).ShouldBe([Record(1)]);
    }

    [Fact]
    public void A_full_file_is_followed_by_another_and_no_record_moves()
    {
        var records = Enumerable.Range(0, HourMerge.RecordsMax + 10).Select(Record).ToArray();

        var files = Merge([], records).Files.Select(file => Batches.RecordsOf(file).ToArray()).ToArray();
        var again = Merge(files, records);

        files.Select(file => file.Length).ShouldBe([HourMerge.RecordsMax, 10]);
        again.Files.Select(file => Batches.RecordsOf(file).Count()).ShouldBe([HourMerge.RecordsMax, 10]);
        again.Corrected.ShouldBe(0);
    }

    [Fact]
    public void A_file_ends_before_it_has_too_many_bytes()
    {
        var text = new string('\u0001', NodeUsageRecord.TextLengthMax);
        var records = Enumerable.Range(0, 200).Select(number => Record(number) with { Description = text });

        var files = Merge([], [.. records]).Files.ToArray();

        files.Length.ShouldBe(2);
        files.ShouldAllBe(file => file.Length <= HourMerge.BytesMax);
    }

    [Fact]
    public void What_is_put_right_counts_for_the_room_that_is_left()
    {
        var text = new string('\u0001', NodeUsageRecord.TextLengthMax);
        var records = Enumerable.Range(0, 160).Select(number => Record(number) with { Description = text }).ToArray();

        var others = records[..40].Select(record => record with { IdempotencyKey = $"new {record.IdempotencyKey}" });
        var shortened = records.Select(record => record with { Description = "" });

        var files = Merge([[.. shortened]], [.. records, .. others]).Files.ToArray();

        files.ShouldAllBe(file => file.Length <= HourMerge.BytesMax);
        files.Length.ShouldBe(2);
    }

    [Fact]
    public void A_record_that_is_in_two_files_is_left_in_the_first()
    {
        var files = Merge([[Record(1)], [Record(1), Record(2)]], []).Files.ToArray();

        files.Select(file => Batches.RecordsOf(file).Count()).ShouldBe([1, 1]);
    }

    private static HourMerge Merge(NodeUsageRecord[][] files, NodeUsageRecord[] records)
    {
        var merge = new HourMerge(files);

        foreach (var record in records)
        {
            merge.Add(record);
        }

        return merge;
    }
}
