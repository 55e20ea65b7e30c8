using EventLedger.Contracts.Money;

namespace EventLedger.Ledger.Settings;

public sealed partial class LedgerSettings
{
    private const int NameLengthMax = 512;

    private static readonly Asset UsCents = new("USD", 2);

    /// <summary>What callers of the nodes' endpoints must send, <c>ADMIN_SECRET</c>; null turns those off.</summary>
    public string? AdminSecret => OptionalSecret("ADMIN_SECRET");

    /// <summary>This node's name, <c>HERO_NODE_ID</c>, else the host's.</summary>
    public string NodeName => OptionalName("HERO_NODE_ID") ?? Environment.MachineName;

    /// <summary>
    /// The tenant that unknown users of nodes are opened under, <c>NODE_TENANT</c>; null for the node that recorded.
    /// </summary>
    public string? NodeTenant => OptionalName("NODE_TENANT");

    /// <summary>What the amounts of nodes count, <c>NODE_USAGE_ASSET</c>.</summary>
    public Asset NodeAsset => Optional("NODE_USAGE_ASSET") switch
    {
        null => UsCents,
        var text when Asset.TryParse(text, out var asset) => asset,
        var text => throw new SettingException("NODE_USAGE_ASSET", $"is {text}", "a currency and its scale: USD/2"),
    };

    private string? OptionalSecret(string name) =>
        Optional(name) is null && Optional($"{name}_FILE") is null ? null : Secret(name);

    private string? OptionalName(string name) => Optional(name) is { Length: > NameLengthMax } text
        ? throw new SettingException(name, $"has {text.Length} characters", $"at most {NameLengthMax}")
        : Optional(name);
}
