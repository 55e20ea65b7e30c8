using EventLedger.NodeBilling.Forges;
using EventLedger.NodeBilling.Otoml;
using EventLedger.NodeBilling.Pushing;
using EventLedger.NodeBilling.Tests.Otoml;
using EventLedger.Testing;
using EventLedger.Testing.Forges;

namespace EventLedger.NodeBilling.Tests.Pushing;

public class SurvivingForges
{
    private const int HoursOfFirst = 2;
    private const int CallsSkipped = 4;

    private static readonly ForgeRetry Retry = new(TimeProvider.System)
    {
        PauseMin = TimeSpan.FromMilliseconds(1),
        PauseMax = TimeSpan.FromMilliseconds(2),
    };

    public static TheoryData<FaultKind, bool, bool> Troubles()
    {
        var troubles = new TheoryData<FaultKind, bool, bool>();

        foreach (var kind in ForgeFault.Passing)
        {
            foreach (var afterEffect in (bool[])[false, true])
            {
                troubles.Add(kind, afterEffect, true);
                troubles.Add(kind, afterEffect, false);
            }
        }

        return troubles;
    }

    [Theory]
    [MemberData(nameof(Troubles))]
    public async Task Whichever_call_goes_wrong_the_files_end_the_same(
        FaultKind kind, bool afterEffect, bool commitsTogether)
    {
        var (text, calls) = await PushTwiceAsync(commitsTogether, faultyCall: -1, new(kind, afterEffect));

        // The short form skips most, and each kind of trouble others.
        var (first, step) = Rounds.AreLong ? (0, 1) : ((int)kind % CallsSkipped, CallsSkipped);

        for (var faulty = first; faulty < calls; faulty += step)
        {
            (await PushTwiceAsync(commitsTogether, faulty, new(kind, afterEffect))).Text.ShouldBe(text, $"{faulty}");
        }
    }

    [Fact]
    public async Task A_forge_that_stays_away_is_given_up_after_so_many_attempts()
    {
        await using var forge = StandInForge.Start();
        forge.Faults = _ => new(FaultKind.ServerError, AfterEffect: false);

        var failure = await Should.ThrowAsync<ForgeException>(
            () => Pusher(forge).PushAsync([Record(1, hour: 0)], default));

        failure.MayPass.ShouldBeTrue();
        forge.Calls.Count.ShouldBe(Retry.AttemptsMax);
    }

    [Fact]
    public async Task Many_hours_are_few_commits()
    {
        await using var forge = StandInForge.Start();

        var pushed = await Pusher(forge).PushAsync(
            [.. Enumerable.Range(0, UsagePusher.FilesMax + 1).Select(hour => Record(hour, hour))], default);

        pushed.Files.ShouldBe(UsagePusher.FilesMax + 1);
        forge.Repository.Commits.ShouldBe(1 + 2);
    }

    [Fact]
    public async Task A_file_that_somebody_broke_is_not_written_over()
    {
        await using var forge = StandInForge.Start();
        var pusher = Pusher(forge);
        await pusher.PushAsync([Record(1, hour: 0)], default);
        var path = forge.Repository.Paths.Single(path => path.StartsWith("nodes/"));
        forge.Repository.Write(path, "O:\n[[records]]\namount_cents = 0\n");

        var failure = await Should.ThrowAsync<ForgeException>(() => pusher.PushAsync([Record(2, hour: 0)], default));

        failure.MayPass.ShouldBeFalse();
        failure.Message.ShouldContain("line 2, column 3");
        forge.Repository.Read(path).ShouldContain("amount_cents = 0");
    }

    [Fact]
    public async Task A_file_that_somebody_filled_up_is_an_error_and_stays()
    {
        var repository = BareRepository.Make();
        var pusher = new UsagePusher(
            new ForgeOptions(new Uri(repository.Folder), token: null).Open(TimeProvider.System), "node-a", Retry);
        const string Rest = """
            created_at="2026-11-21T17:03:11Z",node_id="n",resource_kind="k",user_sid="u",amount_cents=1
            """;
        var filler = new string('k', 270);
        var tables = Enumerable.Range(0, 24_999).Select(n => $"{{idempotency_key=\"{n:00000}{filler}\",{Rest}}},");
        var full = $"records=[{string.Concat(tables)}]";
        var path = HourFile.PathOf("node-a", HourFile.HourOf(Batches.Chat.CreatedAt), 1);
        repository.Write(path, full);

        var failure = await Should.ThrowAsync<ForgeException>(() => pusher.PushAsync([Record(1, hour: 0)], default));

        failure.MayPass.ShouldBeFalse();
        failure.Message.ShouldContain(path);
        repository.Read(path).ShouldBe(full);
    }

    [Fact]
    public async Task An_hour_has_so_many_files_and_no_more()
    {
        var repository = BareRepository.Make();
        var pusher = new UsagePusher(
            new ForgeOptions(new Uri(repository.Folder), token: null).Open(TimeProvider.System), "node-a", Retry);
        var hour = HourFile.HourOf(Batches.Chat.CreatedAt);
        var last = UsageBatchWriter.Write(Enumerable.Range(100, HourMerge.RecordsMax).Select(n => Record(n, hour: 0)));
        repository.Commit(null, Enumerable.Range(1, HourFile.PartsMax).ToDictionary(
            part => HourFile.PathOf("node-a", hour, part),
            part => (byte[]?)(part == HourFile.PartsMax ? last : UsageBatchWriter.Write([]))));

        (await pusher.PushAsync([Record(100, hour: 0)], default)).Files.ShouldBe(0);
        var failure = await Should.ThrowAsync<ForgeException>(() => pusher.PushAsync([Record(1, hour: 0)], default));

        failure.MayPass.ShouldBeFalse();
        failure.Message.ShouldContain($"{HourFile.PartsMax} files");
        repository.Paths.Length.ShouldBe(HourFile.PartsMax);
    }

    // The first push makes the repository and files, the second changes one and adds one.
    private static async Task<(string Text, int Calls)> PushTwiceAsync(
        bool commitsTogether, int faultyCall, ForgeFault fault)
    {
        await using var forge = StandInForge.Start();
        forge.Api.CommitsTogether = commitsTogether;
        forge.Faults = _ => forge.Calls.Count == faultyCall + 1 ? fault : null;
        var pusher = Pusher(forge, fault.Kind == FaultKind.Hang ? TimeSpan.FromSeconds(1) : null);

        await pusher.PushAsync([.. Enumerable.Range(0, HoursOfFirst).Select(hour => Record(hour, hour))], default);
        await pusher.PushAsync([Record(10, HoursOfFirst - 1), Record(11, HoursOfFirst)], default);
        await pusher.PushAsync([Record(0, 0), Record(11, HoursOfFirst)], default);

        // The repository's own, and one for each file that was written, or for several.
        forge.Repository.Commits.ShouldBeInRange(1 + 2, 1 + 4);
        var paths = forge.Repository.Paths.Where(path => path.StartsWith("nodes/"));
        return (string.Join('\n', paths.Select(path => path + forge.Repository.Read(path))), forge.Calls.Count);
    }

    private static NodeUsageRecord Record(int number, int hour) => Batches.Chat with
    {
        IdempotencyKey = $"k-{number}",
        Position = number + 1,
        CreatedAt = Batches.Chat.CreatedAt.AddHours(hour),
    };

    private static UsagePusher Pusher(StandInForge forge, TimeSpan? limit = null) => new(
        new ForgeOptions(new Uri(forge.Url), StandInForge.Token) { CallLimit = limit ?? TimeSpan.FromSeconds(30) }
            .Open(TimeProvider.System),
        "node-a", Retry);
}
