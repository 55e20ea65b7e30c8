using System.Globalization;
using EventLedger.Contracts.Times;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventLedger.Ledger.Http;

/// <summary>Reads the parameters of a query; the first that is wrong is told by its name.</summary>
internal sealed class QueryReader
{
    /// <summary>The most items that a caller may ask for in one page.</summary>
    public const int LimitMax = 1000;

    private const int LimitDefault = 100;

    /// <summary>What is wrong; null if nothing is.</summary>
    public ProblemHttpResult? Problem { get; private set; }

    /// <summary>A time, UTC where it doesn't say.</summary>
    public DateTimeOffset? Time(string name, string? text) =>
        text is null ? null
        : UtcTime.TryParse(text, out var time) ? time
        : Refuse<DateTimeOffset?>(name, $"is no time such as {UtcTime.Expected} (a + is written %2B)");

    /// <summary>A time that must be there.</summary>
    public DateTimeOffset RequiredTime(string name, string? text) =>
        Time(name, text) ?? Refuse<DateTimeOffset>(name, "is needed, a time such as 2026-11-01");

    /// <summary>A UTC day.</summary>
    public DateOnly? Day(string name, string? text) =>
        text is null ? null
        : DateOnly.TryParseExact(text, "O", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day
        : Refuse<DateOnly?>(name, "is no day such as 2026-11-01");

    /// <summary>A whole number, not below zero.</summary>
    public long? Number(string name, string? text) =>
        text is null ? null
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : Refuse<long?>(name, "is no whole number from 0 on");

    /// <summary>How many items a page may have.</summary>
    public int Limit(string? text) =>
        text is null ? LimitDefault
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit)
            && limit is >= 1 and <= LimitMax ? limit
        : Refuse<int>("limit", $"is no whole number from 1 to {LimitMax}");

    /// <summary>An asset, micro-OMR where none is named.</summary>
    public string Asset(string? text) =>
        text is null ? Contracts.Money.Asset.MicroOmr.ToString()
        : Contracts.Money.Asset.TryParse(text, out var asset) ? asset.ToString()
        : Refuse<string>("asset", "is no asset such as OMR/6")!;

    /// <summary>One of some words, the first of them where none is named.</summary>
    public T Word<T>(string name, string? text, params ReadOnlySpan<(string Word, T Value)> words)
    {
        if (text is null)
        {
            return words[0].Value;
        }

        foreach (var (word, value) in words)
        {
            if (word == text)
            {
                return value;
            }
        }

        return Refuse<T>(name, $"is one of {string.Join(", ", words.ToArray().Select(known => known.Word))}")!;
    }

    /// <summary>Says what is wrong with a parameter.</summary>
    public T? Refuse<T>(string name, string message)
    {
        Problem ??= Problems.OfField(name, message);
        return default;
    }
}
