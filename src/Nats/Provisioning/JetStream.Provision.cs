using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.Extensions.Logging;

namespace EventLedger.Nats;

// What exists is compared with what is asked for, and so is what the server says it made: it drops settings that it
// doesn't know without a word.
public sealed partial class JetStream
{
    /// <summary>How often a stream that is being made is read until it is complete.</summary>
    internal const int IncompleteReadsMax = 50;

    private static readonly TimeSpan IncompleteDelay = TimeSpan.FromMilliseconds(10);

    /// <summary>
    /// Makes the stream, or takes over the one that is there: settings that can be changed are changed.
    /// </summary>
    /// <exception cref="ConfigurationDriftException">
    /// One that is there differs in subjects, storage or retention; or what is asked for can lose acknowledged messages
    /// on this server's version; or the server made something else than it was asked for.
    /// </exception>
    public async ValueTask<StreamInfo> EnsureStreamAsync(StreamSpec spec, CancellationToken cancellation)
    {
        Names.RequireName(spec.Name);
        await connection.WaitConnectedAsync(cancellation);
        RequireSafe(spec);

        var request = new Provisioning(
            $"Stream {spec.Name}",
            SettingsOf(spec),
            Find: () => FindStreamAsync(spec.Name, cancellation),
            Create: async config =>
            {
                var made = await api.CallAsync($"STREAM.CREATE.{spec.Name}", config, cancellation);
                return IsComplete(made) ? made : await FindStreamAsync(spec.Name, cancellation) ?? made;
            },
            Update: config => api.CallAsync($"STREAM.UPDATE.{spec.Name}", config, cancellation));

        return (await EnsureAsync(request)).Deserialize(JetStreamJson.Default.StreamInfo)!;
    }

    /// <summary>
    /// Makes the durable consumer, or takes over the one that is there: settings that can be changed are changed.
    /// </summary>
    /// <exception cref="ConfigurationDriftException">
    /// One that is there differs in what it wants acknowledged, filters another subject or is no pull consumer; or the
    /// server made something else than it was asked for.
    /// </exception>
    public async ValueTask<ConsumerInfo> EnsureConsumerAsync(
        string stream, ConsumerSpec spec, CancellationToken cancellation)
    {
        Names.RequireName(stream);
        Names.RequireName(spec.Durable);

        ValueTask<JsonObject> CreateOrUpdate(JsonObject config) => api.CallAsync(
            $"CONSUMER.DURABLE.CREATE.{stream}.{spec.Durable}",
            new JsonObject { ["stream_name"] = stream, ["config"] = config },
            cancellation);

        var request = new Provisioning(
            $"Consumer {stream}/{spec.Durable}",
            SettingsOf(spec),
            Find: () => api.FindAsync(
                $"CONSUMER.INFO.{stream}.{spec.Durable}", JetStreamErrors.ConsumerNotFound, cancellation),
            Create: CreateOrUpdate,
            Update: CreateOrUpdate);

        return (await EnsureAsync(request)).Deserialize(JetStreamJson.Default.ConsumerInfo)!;
    }

    /// <summary>
    /// Deletes the consumer, with what it remembers of settled messages; false where there is none, or no such stream.
    /// </summary>
    public async ValueTask<bool> DeleteConsumerAsync(string stream, string durable, CancellationToken cancellation)
    {
        Names.RequireName(stream);
        Names.RequireName(durable);
        return await api.FindAsync(
            $"CONSUMER.DELETE.{stream}.{durable}", JetStreamErrors.ConsumerNotFound, cancellation) is not null;
    }

    // A stream that somebody makes at this moment is told of before the server has set its time of creation (2.9.10).
    private async ValueTask<JsonObject?> FindStreamAsync(string stream, CancellationToken cancellation)
    {
        for (var read = 0; read < IncompleteReadsMax; read++)
        {
            var found = await api.FindAsync($"STREAM.INFO.{stream}", JetStreamErrors.StreamNotFound, cancellation);

            if (found is null || IsComplete(found))
            {
                return found;
            }

            await Task.Delay(IncompleteDelay, connection.Time, cancellation);
        }

        throw new JetStreamException(
            $"Stream {stream} has no time of creation; the server was asked {IncompleteReadsMax} times.",
            JetStreamErrors.None, canRetry: true);
    }

    private static bool IsComplete(JsonObject stream) =>
        stream.Deserialize(JetStreamJson.Default.StreamInfo)!.Created > DateTimeOffset.MinValue;

    private async ValueTask<JsonObject> EnsureAsync(Provisioning request)
    {
        if (await request.Find() is not { } existing)
        {
            try
            {
                var config = new JsonObject();
                request.Settings.ForEach(setting => setting.ApplyTo(config));
                return RequireEcho(request, await request.Create(config));
            }
            catch (JetStreamException refused) when (refused.ErrorCode is
                JetStreamErrors.StreamNameInUse or JetStreamErrors.SubjectsOverlap)
            {
                // Another process may have made it since we looked.
                if (await request.Find() is not { } made)
                {
                    throw;
                }

                existing = made;
            }
        }

        var found = existing["config"]!.AsObject();
        var differences = request.Settings.FindAll(setting => !setting.Matches(found));

        if (differences.Find(setting => setting.MustMatch) is { } fatal)
        {
            throw Drift(request, fatal, found);
        }

        if (differences.Count == 0)
        {
            return existing;
        }

        // What we don't know of stays as whoever made it wanted it.
        var changed = found.DeepClone().AsObject();

        foreach (var setting in differences)
        {
            LogChanged(request.What, setting.Name, setting.FoundText(found), setting.AskedText);
            setting.ApplyTo(changed);
        }

        return RequireEcho(request, await request.Update(changed));
    }

    private static JsonObject RequireEcho(Provisioning request, JsonObject made)
    {
        var config = made["config"]!.AsObject();

        return request.Settings.Find(setting => !setting.Matches(config)) is { } ignored
            ? throw Drift(request, ignored, config)
            : made;
    }

    private static ConfigurationDriftException Drift(Provisioning request, Setting setting, JsonObject config) =>
        new(request.What, setting.Name, setting.AskedText, $"the server has {setting.FoundText(config)}");

    // The admission check of these versions forgets the overhead of a record, and the byte limit then deletes the
    // oldest messages, acknowledged or not (nats-server 4771).
    private void RequireSafe(StreamSpec spec)
    {
        if (spec.MaxBytes >= 0 && connection.Server is { } server && !server.IsAtLeast(2, 10, 5))
        {
            throw new ConfigurationDriftException(
                $"Stream {spec.Name}", "max_bytes", "-1",
                $"{spec.MaxBytes} deletes acknowledged messages on server {server.Version} (before 2.10.5); "
                + "limit max_msgs instead");
        }
    }

    private static List<Setting> SettingsOf(StreamSpec spec) =>
    [
        new("name", spec.Name, MustMatch: true),
        new("subjects", new JsonArray([.. spec.Subjects]), MustMatch: true),
        new("storage", "file", MustMatch: true),
        new("retention", "limits", MustMatch: true),
        new("discard", "new"),
        new("max_msgs", spec.MaxMessages),
        new("max_bytes", spec.MaxBytes),
        new("max_msg_size", spec.MaxMessageSize),
        new("max_age", NanosConverter.Of(spec.MaxAge)),
        new("duplicate_window", NanosConverter.Of(spec.DuplicateWindow)),
        .. spec.Replicas is { } replicas ? [new Setting("num_replicas", replicas)] : (Setting[])[],
    ];

    // Where it began is decided once, when it is made, and can't be changed.
    private static List<Setting> SettingsOf(ConsumerSpec spec) =>
    [
        new("durable_name", spec.Durable, MustMatch: true),
        new("deliver_subject", Asked: null, MustMatch: true),
        new("ack_policy", "explicit", MustMatch: true),
        new("filter_subject", spec.FilterSubject, MustMatch: true),
        new("deliver_policy", "all", MustMatch: true),
        new("ack_wait", NanosConverter.Of(spec.AckWait)),
        new("max_deliver", spec.MaxDeliver),
        new("max_ack_pending", spec.MaxAckPending),
        new("backoff", Asked: null),
    ];

    [LoggerMessage(LogLevel.Warning, "{What}: {Setting} was {Found} and is changed to {Asked}.")]
    private partial void LogChanged(string what, string setting, string found, string asked);

    private sealed record Provisioning(
        string What,
        List<Setting> Settings,
        Func<ValueTask<JsonObject?>> Find,
        Func<JsonObject, ValueTask<JsonObject>> Create,
        Func<JsonObject, ValueTask<JsonObject>> Update);
}
