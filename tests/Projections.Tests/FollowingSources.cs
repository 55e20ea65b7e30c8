using EventLedger.Projections.Sources;

namespace EventLedger.Projections.Tests;

public class FollowingSources
{
    [Fact]
    public void A_gap_without_some_of_its_sequences_is_the_rest()
    {
        var gap = new SourceGap("s", "e", 3, 9, default);

        Rest([]).ShouldBe("3-9");
        Rest([3, 4, 9]).ShouldBe("5-8");
        Rest([6, 6, 1, 20]).ShouldBe("3-5 7-9");
        Rest([3, 4, 5, 6, 7, 8, 9]).ShouldBe("");

        string Rest(long[] sequences) =>
            string.Join(' ', gap.Without(sequences).Select(rest => $"{rest.First}-{rest.Last}"));
    }

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
        (await StateAsync(history)).ShouldBe("True, 0 gaps");

        await CountAsync(history, from: 3 + (2 * SourceRollup.PiecesMax), pieces: 1);
        await rollup.RollAsync(CancellationToken.None);
        (await history.ScalarAsync<string>("select seen::text from source_sequences"))
            .ShouldBe($"{{[1,{(2 * SourceRollup.PiecesMax) + 4})}}");
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
