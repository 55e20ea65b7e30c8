using EventLedger.Contracts.Envelopes;
using EventLedger.Contracts.Reports;

namespace EventLedger.Proxy.Spool;

/// <summary>A record that the broker has, or refuses for good.</summary>
/// <param name="Record">The record.</param>
/// <param name="IsRefused">Whether it is refused.</param>
internal readonly record struct SettledRecord(SpoolRecord Record, bool IsRefused);

/// <summary>
/// What became of the envelopes of each hour, by the end of their responses: observed = published + spooled + refused +
/// lost. What is spooled is counted anew from the segments at each start, so that what went missing there shows.
/// Thread-safe.
/// </summary>
internal sealed class SpoolHours
{
    /// <summary>The hours that are remembered; older ones are forgotten, and counted no longer.</summary>
    public const int HoursMax = HourReport.HoursMax;

    private readonly Lock gate = new();
    private readonly SortedList<DateTimeOffset, Row> rows = new(HoursMax + 1);
    private DateTimeOffset begin = DateTimeOffset.MinValue;
    private DateTimeOffset newest = DateTimeOffset.MinValue;
    private long changes;

    /// <summary>Grows with each change.</summary>
    public long Changes
    {
        get
        {
            lock (gate)
            {
                return changes;
            }
        }
    }

    /// <summary>What was made before isn't counted: it belongs to another source.</summary>
    public DateTimeOffset Begin
    {
        get
        {
            lock (gate)
            {
                return begin;
            }
        }
    }

    /// <summary>The figures, the oldest hour first.</summary>
    public IReadOnlyList<HourFigures> Read()
    {
        lock (gate)
        {
            return
            [
                .. rows.Select(row => new HourFigures(
                    row.Key, row.Value.Observed, row.Value.Published, row.Value.Spooled, row.Value.Refused,
                    row.Value.Lost)),
            ];
        }
    }

    /// <summary>An envelope was made.</summary>
    public void Observe(SpoolRecord record) => Change(record, static row =>
    {
        row.Observed++;
        row.Spooled++;
    });

    /// <summary>Neither disk nor memory takes it.</summary>
    public void Lose(SpoolRecord record) => Change(record, static row =>
    {
        row.Lost++;
        row.Spooled--;
    });

    /// <summary>The broker has them, or refuses them for good.</summary>
    public void Settle(IReadOnlyList<SettledRecord> settled) => Settle(settled, by: +1);

    /// <summary>They were settled from memory and are on disk as well, from where they will be settled again.</summary>
    public void TakeBack(IReadOnlyList<SettledRecord> settled) => Settle(settled, by: -1);

    /// <summary>An earlier life left it in the segments.</summary>
    public void Recover(SpoolRecord record) => Change(record, static row => row.Spooled++);

    /// <summary>Adds what an earlier life counted, and counts nothing that was made before it began to.</summary>
    public void Restore(DateTimeOffset begun, IEnumerable<HourFigures> earlier)
    {
        lock (gate)
        {
            begin = begun;

            foreach (var figures in earlier)
            {
                Find(figures.Hour)?.Add(figures);
            }

            changes++;
        }
    }

    /// <summary>
    /// Counts as observed what is there without having been counted, when all is recovered: its life ended without
    /// remembering.
    /// </summary>
    public void EndRecovery()
    {
        lock (gate)
        {
            foreach (var row in rows.Values)
            {
                row.Observed = Math.Max(row.Observed, row.Published + row.Spooled + row.Refused + row.Lost);
            }
        }
    }

    /// <summary>Counts nothing that was made before now: it belongs to another source.</summary>
    public void BeginAfterRecovered()
    {
        lock (gate)
        {
            rows.Clear();
            begin = newest.AddTicks(1);
        }
    }

    // Responses wait for this lock: it is taken once for all.
    private void Settle(IReadOnlyList<SettledRecord> settled, int by)
    {
        lock (gate)
        {
            foreach (var (record, isRefused) in settled)
            {
                ToChange(record)?.Settle(isRefused, by);
            }
        }
    }

    private void Change(SpoolRecord record, Action<Row> change)
    {
        lock (gate)
        {
            if (ToChange(record) is { } row)
            {
                change(row);
            }
        }
    }

    // Records of an older sidecar have no sequence: this source never counted them.
    private Row? ToChange(SpoolRecord record)
    {
        if (record.Sequence == 0 || record.MadeAt is not { } madeAt)
        {
            return null;
        }

        newest = madeAt > newest ? madeAt : newest;

        if (madeAt < begin || Find(UsageHour.Of(madeAt)) is not { } row)
        {
            return null;
        }

        changes++;
        return row;
    }

    private Row? Find(DateTimeOffset hour)
    {
        if (rows.TryGetValue(hour, out var row))
        {
            return row;
        }

        if (rows.Count == HoursMax && hour < rows.GetKeyAtIndex(0))
        {
            return null;
        }

        row = new Row();
        rows.Add(hour, row);

        if (rows.Count > HoursMax)
        {
            rows.RemoveAt(0);
        }

        return row;
    }

    private sealed class Row
    {
        public long Observed { get; set; }

        public long Published { get; set; }

        public long Spooled { get; set; }

        public long Refused { get; set; }

        public long Lost { get; set; }

        public void Add(HourFigures figures)
        {
            Observed += figures.Observed;
            Published += figures.Published;
            Spooled += figures.Spooled;
            Refused += figures.Refused;
            Lost += figures.Lost;
        }

        public void Settle(bool isRefused, int by)
        {
            Refused += isRefused ? by : 0;
            Published += isRefused ? 0 : by;
            Spooled -= by;
        }
    }
}
