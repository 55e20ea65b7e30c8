using System.Text;

namespace EventLedger.Nats;

/// <summary>A subject that the server doesn't let this account publish or subscribe to.</summary>
internal readonly record struct PermissionViolation(bool IsPublish, string Subject, string Message);

/// <summary>What an error line of the server means for the connection.</summary>
internal static class ServerError
{
    private const string PublishPrefix = "permissions violation for publish to \"";
    private const string SubscribePrefix = "permissions violation for subscription to \"";

    /// <summary>Null where the error ends the connection.</summary>
    public static PermissionViolation? AsPermissionViolation(string text) =>
        SubjectAfter(PublishPrefix, text) is { } published ? new(IsPublish: true, published, text)
        : SubjectAfter(SubscribePrefix, text) is { } subscribed ? new(IsPublish: false, subscribed, text)
        : null;

    /// <summary>Whether the server keeps the connection after this error.</summary>
    public static bool LeavesConnectionOpen(string text) =>
        text.StartsWith("permissions violation", StringComparison.OrdinalIgnoreCase)
        || text.StartsWith("invalid publish subject", StringComparison.OrdinalIgnoreCase)
        || text.StartsWith("invalid subject", StringComparison.OrdinalIgnoreCase);

    public static string Text(in Frame frame) => Encoding.UTF8.GetString(frame.Body);

    private static string? SubjectAfter(string prefix, string text)
    {
        if (!text.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
        {
            return null;
        }

        var rest = text[prefix.Length..];
        return rest.IndexOf('"') is >= 0 and var end ? rest[..end] : rest;
    }
}
