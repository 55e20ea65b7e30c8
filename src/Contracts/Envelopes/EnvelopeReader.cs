using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;
using EventLedger.Contracts.Money;

namespace EventLedger.Contracts.Envelopes;

/// <summary>
/// Reads an envelope from bytes that anybody may have sent. Checks run in one order: size, JSON and types, text,
/// missing fields, amount; the first that fails is the problem that is named.
/// </summary>
public static class EnvelopeReader
{
    /// <summary>The largest envelope, in bytes.</summary>
    public const int BytesMax = 1024 * 1024;

    /// <summary>The deepest nesting of objects and arrays.</summary>
    public const int DepthMax = 32;

    /// <summary>
    /// The longest name that becomes a key (customer, tenant, model, source, epoch, node), in characters.
    /// </summary>
    public const int NameLengthMax = 512;

    /// <summary>The longest of the other texts, in characters.</summary>
    public const int TextLengthMax = 8192;

    /// <summary>The highest sequence; no producer gets there by counting, so one beyond it counts as none.</summary>
    public const long SequenceMax = 1_000_000_000_000_000;

    /// <summary>False with the first problem found; the envelope is whole and bookable otherwise.</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, out UsageEnvelope envelope, out EnvelopeProblem problem)
    {
        envelope = null!;
        DateTimeOffset? completedAt = null;
        AssetAmount? nodeAmount = null;
        var amountMicroOmr = 0L;

        if (!TryParse(utf8, out var wire, out problem))
        {
            return false;
        }

        var found = ProblemOfText(wire) ?? ProblemOfMissing(wire) ?? ProblemOfTime(wire, out completedAt);
        found ??= ProblemOfNodeAmount(wire.Metadata!, out nodeAmount) ?? ProblemOfAmount(wire, out amountMicroOmr);

        if (found is not null)
        {
            problem = found.Value;
            return false;
        }

        envelope = ToEnvelope(wire, amountMicroOmr, nodeAmount, completedAt);
        return true;
    }

    private static bool TryParse(ReadOnlySpan<byte> utf8, out WireEnvelope wire, out EnvelopeProblem problem)
    {
        wire = null!;
        problem = default;

        if (utf8.Length > BytesMax)
        {
            problem = new(null, $"has {utf8.Length} bytes; an envelope has at most {BytesMax}");
            return false;
        }

        // The reader checks only the text that it hands out, not what it skips.
        if (!Utf8.IsValid(utf8))
        {
            problem = new(null, "not JSON: the bytes are not valid UTF-8");
            return false;
        }

        try
        {
            wire = JsonSerializer.Deserialize(utf8, WireJson.Default.WireEnvelope)!;
        }
        catch (JsonException malformed)
        {
            problem = Describe(malformed);
            return false;
        }

        if (wire is null)
        {
            problem = new(null, "is null; an envelope is a JSON object");
            return false;
        }

        return true;
    }

    private static EnvelopeProblem Describe(JsonException malformed)
    {
        var field = malformed.Path is { Length: > 2 } path ? path[2..] : null;
        var place = $"at line {malformed.LineNumber + 1}, byte {malformed.BytePositionInLine + 1}";

        // What the parser itself refuses comes wrapped; what is well-formed but doesn't fit comes bare.
        return malformed.InnerException is JsonException
            ? new(field, $"not JSON, or nested past {DepthMax} levels, {place}")
            : new(field, $"is of the wrong type, or there twice, {place}");
    }

    private static EnvelopeProblem? ProblemOfText(WireEnvelope wire)
    {
        var metadata = wire.Metadata;

        return Check(wire.CustomerId, "customer_id", NameLengthMax)
            ?? Check(wire.Reason, "reason", TextLengthMax)
            ?? Check(metadata?.RequestId, "metadata.request_id", TextLengthMax)
            ?? Check(metadata?.TenantId, "metadata.tenant_id", NameLengthMax)
            ?? Check(metadata?.Model, "metadata.model", NameLengthMax)
            ?? Check(metadata?.Endpoint, "metadata.endpoint", TextLengthMax)
            ?? Check(metadata?.UsageSource, "metadata.usage_source", NameLengthMax)
            ?? Check(metadata?.PriceBook, "metadata.price_book", NameLengthMax)
            ?? Check(metadata?.ObservationId, "metadata.observation_id", TextLengthMax)
            ?? Check(metadata?.Source, "metadata.source", NameLengthMax)
            ?? Check(metadata?.Epoch, "metadata.epoch", NameLengthMax)
            ?? Check(metadata?.CompletedAt, "metadata.completed_at", NameLengthMax)
            ?? Check(metadata?.NodeId, "metadata.node_id", NameLengthMax)
            ?? Check(metadata?.IdempotencyKey, "metadata.idempotency_key", TextLengthMax)
            ?? Check(metadata?.Asset, "metadata.asset", NameLengthMax)
            ?? Check(metadata?.ResourceKind, "metadata.resource_kind", NameLengthMax)
            ?? Check(metadata?.Description, "metadata.description", TextLengthMax);

        static EnvelopeProblem? Check(string? text, string field, int lengthMax) => text switch
        {
            null => null,
            _ when text.Length > lengthMax =>
                new(field, $"has {text.Length} characters; at most {lengthMax} are taken"),
            _ when text.Contains('\0') => new(field, "holds the character NUL, which the database can't keep"),
            _ => null,
        };
    }

    private static EnvelopeProblem? ProblemOfMissing(WireEnvelope wire)
    {
        return Missing(wire.Metadata?.RequestId, "metadata.request_id")
            ?? Missing(wire.CustomerId, "customer_id")
            ?? Missing(wire.Reason, "reason");

        static EnvelopeProblem? Missing(string? text, string field) =>
            string.IsNullOrWhiteSpace(text) ? new(field, "is missing or empty") : null;
    }

    private static EnvelopeProblem? ProblemOfNodeAmount(WireMetadata metadata, out AssetAmount? nodeAmount)
    {
        nodeAmount = null;

        if (metadata is { Amount: null, Asset: null })
        {
            return null;
        }

        if (metadata is not { NodeId: not null, IdempotencyKey: not null })
        {
            return new("metadata.asset", "is for a node's record, with metadata.node_id and metadata.idempotency_key");
        }

        if (!Asset.TryParse(metadata.Asset, out var asset))
        {
            return new("metadata.asset", $"is {metadata.Asset}; expected a currency and its scale such as USD/2");
        }

        if (metadata.Amount is not (< 0 and >= long.MinValue and var amount) || amount != decimal.Truncate(amount))
        {
            return new("metadata.amount", $"is {metadata.Amount}; expected a whole number below zero within 64 bits");
        }

        nodeAmount = new((long)amount, asset);
        return null;
    }

    // Micro counts where both are set; OMR is for producers that know no micro-OMR.
    private static EnvelopeProblem? ProblemOfAmount(WireEnvelope wire, out long amountMicroOmr)
    {
        amountMicroOmr = 0;

        if (wire.AmountMicroOmr is { } micro and not 0)
        {
            if (micro != decimal.Truncate(micro) || micro is < long.MinValue or > long.MaxValue)
            {
                return new("amount_micro_omr", $"is {micro}; expected a whole number of micro-OMR within 64 bits");
            }

            amountMicroOmr = (long)micro;
        }
        else if (wire.AmountOmr is { } omr && !Omr.TryToMicro(omr, out amountMicroOmr))
        {
            return new("amount_omr", $"is {omr}; that many micro-OMR don't fit 64 bits");
        }

        if (wire.Metadata!.Asset is not null)
        {
            return null;
        }

        if (wire is { AmountMicroOmr: null, AmountOmr: null })
        {
            return new("amount_micro_omr", "is missing, and so is amount_omr");
        }

        return amountMicroOmr < 0
            ? null
            : new("amount_micro_omr", $"is {amountMicroOmr}; a charge is negative");
    }

    private static EnvelopeProblem? ProblemOfTime(WireEnvelope wire, out DateTimeOffset? completedAt)
    {
        const DateTimeStyles Utc = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        completedAt = null;

        if (wire.Metadata?.CompletedAt is not { } text)
        {
            return null;
        }

        if (!DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, Utc, out var time))
        {
            return new("metadata.completed_at", $"is {text}; expected a time such as 2026-11-21T17:00:00Z");
        }

        completedAt = time;
        return null;
    }

    private static UsageEnvelope ToEnvelope(
        WireEnvelope wire, long amountMicroOmr, AssetAmount? nodeAmount, DateTimeOffset? completedAt)
    {
        var metadata = wire.Metadata!;

        return new UsageEnvelope
        {
            CustomerId = wire.CustomerId!,
            AmountMicroOmr = amountMicroOmr,
            Reason = wire.Reason!,
            RequestId = metadata.RequestId!,
            TenantId = string.IsNullOrWhiteSpace(metadata.TenantId) ? null : metadata.TenantId,
            Model = metadata.Model,
            TokensUsed = metadata.TokensUsed,
            PromptTokens = metadata.PromptTokens,
            CompletionTokens = metadata.CompletionTokens,
            CachedTokens = metadata.CachedTokens,
            ReasoningTokens = metadata.ReasoningTokens,
            LatencyMs = metadata.LatencyMs is { } latency and >= 0 and < long.MaxValue ? (long)latency : null,
            CompletedAt = completedAt,
            Endpoint = metadata.Endpoint,
            Stream = metadata.Stream,
            UsageSource = metadata.UsageSource,
            PriceBook = metadata.PriceBook,
            ObservationId = string.IsNullOrEmpty(metadata.ObservationId) ? null : metadata.ObservationId,
            Source = metadata.Source,
            Epoch = metadata.Epoch,
            Sequence = metadata.Sequence is >= 0 and <= SequenceMax ? metadata.Sequence : null,
            NodeId = metadata.NodeId,
            IdempotencyKey = metadata.IdempotencyKey,
            ResourceKind = metadata.ResourceKind,
            Description = metadata.Description,
            NodeAmount = nodeAmount,
            AmountsDiffer = AmountsDiffer(wire, amountMicroOmr),
            Extra = ExtraOf(wire),
        };
    }

    private static bool AmountsDiffer(WireEnvelope wire, long amountMicroOmr) =>
        wire.AmountOmr is { } omr and not 0 && (!Omr.TryToMicro(omr, out var stated) || stated != amountMicroOmr);

    private static string? ExtraOf(WireEnvelope wire)
    {
        if (wire is { Unknown: null, Metadata.Unknown: null })
        {
            return null;
        }

        var text = new StringBuilder("{");
        AppendFields(wire.Unknown);

        if (wire.Metadata!.Unknown is { } unknown)
        {
            text.Append(wire.Unknown is null ? "\"metadata\":{" : ",\"metadata\":{");
            AppendFields(unknown);
            text.Append('}');
        }

        return text.Append('}').ToString();

        void AppendFields(Dictionary<string, JsonElement>? fields) => text.AppendJoin(
            ',', (fields ?? []).Select(field => $"\"{JsonEncodedText.Encode(field.Key)}\":{field.Value.GetRawText()}"));
    }
}
