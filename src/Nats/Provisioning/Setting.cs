using System.Text.Json.Nodes;

namespace EventLedger.Nats;

/// <summary>One setting of a stream or consumer that is asked for.</summary>
/// <param name="Name">Its name in JetStream.</param>
/// <param name="Asked">Its value; null for one that shall not be there.</param>
/// <param name="MustMatch">Whether another value on something that exists stops us, instead of being changed.</param>
internal sealed record Setting(string Name, JsonNode? Asked, bool MustMatch = false)
{
    public string AskedText => TextOf(Asked);

    public string FoundText(JsonObject config) => TextOf(config[Name]);

    public bool Matches(JsonObject config)
    {
        var found = config[Name];
        return IsAbsent(Asked) ? IsAbsent(found) : found is not null && TextOf(found) == AskedText;
    }

    public void ApplyTo(JsonObject config) => config[Name] = Asked?.DeepClone();

    // The server leaves out what is empty, zero or false.
    private static bool IsAbsent(JsonNode? value) => value is null || value.ToJsonString() is "\"\"" or "0" or "false";

    // The order of subjects means nothing.
    private static string TextOf(JsonNode? value) => value switch
    {
        null => "nothing",
        JsonArray list => string.Join(',', list.Select(item => item?.ToJsonString()).Order(StringComparer.Ordinal)),
        _ => value.ToJsonString(),
    };
}
