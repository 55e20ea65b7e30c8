using EventLedger.Contracts.Envelopes;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventLedger.Ledger.Http;

/// <summary>Texts that a request must bring, within the bounds that an envelope's have.</summary>
internal static class RequestText
{
    /// <summary>What is wrong with a text that becomes a key; null if nothing is.</summary>
    public static ProblemHttpResult? CheckName(string field, string? text) =>
        Check(field, text, EnvelopeReader.NameLengthMax);

    /// <summary>What is wrong with another text; null if nothing is.</summary>
    public static ProblemHttpResult? Check(string field, string? text) =>
        Check(field, text, EnvelopeReader.TextLengthMax);

    private static ProblemHttpResult? Check(string field, string? text, int lengthMax) =>
        string.IsNullOrWhiteSpace(text) ? Problems.OfField(field, "is missing or empty")
        : text.Length > lengthMax
            ? Problems.OfField(field, $"has {text.Length} characters; at most {lengthMax} are taken")
        : text.Contains('\0') ? Problems.OfField(field, "holds the character NUL, which the database can't keep")
        : null;
}
