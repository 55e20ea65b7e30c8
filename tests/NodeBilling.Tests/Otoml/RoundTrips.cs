using EventLedger.NodeBilling.Otoml;
using EventLedger.Testing;
using FsCheck;
using FsCheck.Fluent;

namespace EventLedger.NodeBilling.Tests.Otoml;

public class RoundTrips
{
    private static readonly Config Checks = Config.QuickThrowOnFailure.WithMaxTest(Rounds.Of(few: 300, many: 20_000));

    // What an escape, a delimiter or a marker could be mistaken for, and every other character.
    private static readonly Gen<string> Piece = Gen.Frequency(
        (2, Gen.Elements("\"", "\\", "'", "\n", "\r\n", "\t", "#", "=", "]]", "O:")),
        (1, Gen.Elements("\u0001", "\u001f", "\u007f", "\u0085", "\u2028", "\ufeff")),
        (3, Gen.Choose(' ', '~').Select(c => $"{(char)c}")),
        (1, Gen.Choose(1, 0xD7FF).Select(c => $"{(char)c}")),
        (1, Gen.Choose(0xE000, 0x10FFFF).Select(char.ConvertFromUtf32)));

    private static readonly Gen<string> Text = Piece.ArrayOf().Select(string.Concat);

    private static readonly Gen<string> Key = Text.Select(text => "k" + text);

    private static readonly Gen<long> Count = Gen.OneOf(
        Gen.Choose(1, 1000).Select(count => (long)count), Gen.Choose(0, 62).Select(bits => 1L << bits),
        Gen.Constant(long.MaxValue));

    private static readonly Gen<DateTimeOffset> Time =
        from seconds in Gen.Choose(int.MinValue, int.MaxValue)
        from microseconds in Gen.Frequency((1, Gen.Constant(0)), (2, Gen.Choose(0, 999_999)))
        select DateTimeOffset.UnixEpoch.AddSeconds(seconds).AddMicroseconds(microseconds);

    private static readonly Gen<NodeUsageRecord> Record =
        from amount in Count
        from time in Time
        from description in Text
        from id in Gen.Choose(0, 0xFFFF).Select(n => n % 3 == 0 ? null : (Guid?)new Guid(n, 2, 3, [.. "eventled"u8]))
        from key in Key
        from node in Key
        from position in Count.Select(n => n % 3 == 0 ? null : (long?)n)
        from kind in Key
        from user in Key
        select new NodeUsageRecord
        {
            AmountCents = amount,
            CreatedAt = time,
            Description = description,
            EventId = id,
            IdempotencyKey = key,
            NodeId = node,
            Position = position,
            ResourceKind = kind,
            UserSid = user,
        };

    private static readonly Arbitrary<NodeUsageRecord[]> Records = Record.ArrayOf().ToArbitrary();

    [Fact]
    public void What_was_written_is_read_and_nothing_else() => Prop
        .ForAll(Records, records => Batches.RecordsOf(UsageBatchWriter.Write(records))
            .ShouldBe(records, ignoreOrder: true))
        .Check(Checks);

    [Fact]
    public void The_same_records_are_the_same_bytes_in_whatever_order_they_come() => Prop
        .ForAll(Records, Gen.Choose(0, int.MaxValue).ToArbitrary(), (records, seed) =>
        {
            var shuffled = records.ToArray();
            new Random(seed).Shuffle(shuffled);
            UsageBatchWriter.Write(shuffled).ShouldBe(UsageBatchWriter.Write(records));
        })
        .Check(Checks);

    [Fact]
    public void A_file_that_is_read_and_written_again_is_the_same_file() => Prop
        .ForAll(Records, records =>
        {
            var file = UsageBatchWriter.Write(records);
            UsageBatchWriter.Write(Batches.RecordsOf(file)).ShouldBe(file);
        })
        .Check(Checks);
}
