using EventLedger.Projections.Sources;

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
