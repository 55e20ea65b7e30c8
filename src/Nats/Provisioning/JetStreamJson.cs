using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization;

namespace EventLedger.Nats;

/// <summary>JetStream's durations are whole nanoseconds.</summary>
internal sealed class NanosConverter : JsonConverter<TimeSpan>
{
    private const long NanosPerTick = 100;

    public static long Of(TimeSpan duration) => duration.Ticks * NanosPerTick;

    public override TimeSpan Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        TimeSpan.FromTicks(reader.GetInt64() / NanosPerTick);

    public override void Write(Utf8JsonWriter writer, TimeSpan value, JsonSerializerOptions options) =>
        writer.WriteNumberValue(Of(value));
}

/// <summary>Why JetStream refused a request.</summary>
internal sealed record ApiError
{
    public int Code { get; init; }

    public int ErrCode { get; init; }

    public string Description { get => field ?? ""; init; }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(StreamInfo))]
[JsonSerializable(typeof(ConsumerInfo))]
[JsonSerializable(typeof(ApiError))]
[JsonSerializable(typeof(JsonObject))]
internal sealed partial class JetStreamJson : JsonSerializerContext;
