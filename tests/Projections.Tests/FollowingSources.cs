using System.Runtime.InteropServices;
using EventLedger.Projections.Sources;
using EventLedger.Testing;

namespace EventLedger.Projections.Tests;

public class FollowingSources
{
    [Fact]
    public async Task Who_does_not_count_without_gaps_is_no_longer_looked_through()
    {
        await using var history = await History.CreateAsync();
        var rollup = new SourceRollup(history.Database);
        await CountAsync(history, from: 1, pieces: SourceRollup.PiecesMax);
        await rollup.RollAsync(CancellationToken.None);
        (await StateAsync(history)).ShouldBe($"False, {SourceRollup.PiecesMax - 1} gaps");

        await CountAsync(history, from: 1 + (2 * SourceRollup.PiecesMax), pieces: 1);
        await rollup.RollAsync(CancellationToken.None);
        (await StateAsync(history)).ShouldBe($"True, {SourceRollup.PiecesMax - 1} gaps");

        await CountAsync(history, from: 3 + (2 * SourceRollup.PiecesMax), pieces: 1);
        await rollup.RollAsync(CancellationToken.None);
        (await history.ScalarAsync<string>("select seen::text from source_sequences"))
            .ShouldBe($"{{[1,{(2 * SourceRollup.PiecesMax) + 4})}}");
    }

    [Fact]
    public async Task What_was_known_to_be_missing_by_then_stays_so_until_it_comes()
    {
        await using var history = await History.CreateAsync();
        var rollup = new SourceRollup(history.Database);
        await CountAsync(history, from: 4, pieces: 1);
        await rollup.RollAsync(CancellationToken.None);
        await CountAsync(history, from: 6, pieces: SourceRollup.PiecesMax);
        await rollup.RollAsync(CancellationToken.None);
        (await StateAsync(history)).ShouldBe("True, 1 gaps");
        var foundAt = await FoundAtAsync();

        await CountAsync(history, from: 2, pieces: 1);
        await rollup.RollAsync(CancellationToken.None);

        (await history.ScalarAsync<string>(
            "select string_agg(first || '-' || last, ' ' order by first) from source_gaps")).ShouldBe("1-1 3-3");
        (await FoundAtAsync()).ShouldBe(foundAt);

        Task<DateTime> FoundAtAsync() => history.ScalarAsync<DateTime>("select max(found_at) from source_gaps");
    }

    [Fact]
    public async Task What_is_missing_is_what_has_not_come_in_whatever_order_and_pieces_it_does()
    {
        const int Last = 400;
        var random = new Random(20261122);

        for (var round = 0; round < Rounds.Of(3, 60); round++)
        {
            await using var history = await History.CreateAsync();
            var rollup = new SourceRollup(history.Database);
            var lost = Enumerable.Range(1, Last).Where(_ => random.Next(20) == 0).ToHashSet();
            var left = Enumerable.Range(1, Last).Where(n => !lost.Contains(n)).ToList();
            var came = new SortedSet<int>();

            while (left.Count > 0)
            {
                // Roughly in order, and some of it again.
                var taken = left.Take(random.Next(1, 120)).Where(_ => random.Next(3) > 0).ToList();
                left.RemoveAll(taken.Contains);
                taken.AddRange(came.Where(_ => random.Next(50) == 0).ToArray());
                random.Shuffle(CollectionsMarshal.AsSpan(taken));
                await history.AppendAsync([.. taken.Select(sequence => Fact.Counted(sequence))]);
                await rollup.RollAsync(CancellationToken.None);
                came.UnionWith(taken);

                var missing = Enumerable.Range(1, came.Max).Except(came).Select(sequence => (long)sequence).ToArray();
                (await history.ScalarAsync<long[]>("""
                    select coalesce(array_agg(missing order by missing), '{}')
                    from source_gaps, generate_series(first, last) as missing
                    """)).ShouldBe(missing, $"round {round}");
                (await history.ScalarAsync<long>("""
                    select count(*) from source_gaps as g join source_gaps as next on next.first = g.last + 1
                    """)).ShouldBe(0);
            }
        }
    }

    [Fact]
    public async Task Who_does_not_count_without_gaps_is_known_from_the_first_look()
    {
        await using var history = await History.CreateAsync();
        await CountAsync(history, from: 1, pieces: SourceRollup.PiecesMax + 1);

        await new SourceRollup(history.Database).RollAsync(CancellationToken.None);

        (await StateAsync(history)).ShouldBe("True, 0 gaps");
        (await new SourceQueries(history.Database).ReadSparseAsync(CancellationToken.None)).ShouldHaveSingleItem();
    }

    // Every second sequence: as many pieces.
    private static Task CountAsync(History history, int from, int pieces) => history.AppendAsync([
        .. Enumerable.Range(0, pieces).Select(n => Fact.Counted(from + (2 * n))),
    ]);

    private static Task<string> StateAsync(History history) => history.ScalarAsync<string>("""
        select case when is_sparse then 'True' else 'False' end || ', ' || (select count(*) from source_gaps) || ' gaps'
        from source_sequences
        """);
}
