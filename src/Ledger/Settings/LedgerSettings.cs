using System.Text;
using EventLedger.Embedded;
using EventLedger.Embedded.Running;
using EventLedger.EventStore.Schema;
using Npgsql;

namespace EventLedger.Ledger.Settings;

/// <summary>What the environment says. Each is read when it is used, so that a verb asks for no other.</summary>
/// <param name="variable">Finds an environment variable; null where it isn't set.</param>
public sealed partial class LedgerSettings(Func<string, string?> variable)
{
    /// <summary>The fewest bytes of a secret that signs tokens.</summary>
    public const int SecretBytesMin = 16;

    /// <summary>The most secrets that tokens may be signed with at the same time.</summary>
    public const int SecretsMax = 4;

    private const int PortDefault = 8085;
    private const int LanesDefault = 4;
    private const int LanesMax = 64;
    private const int RequestsPerSecondMax = 1_000_000;

    /// <summary>The port of the HTTP API, <c>LEDGER_PORT</c>.</summary>
    public int Port => Number("LEDGER_PORT", PortDefault, 1, 65535);

    /// <summary>How many transactions book at the same time, <c>INTAKE_LANES</c>.</summary>
    public int Lanes => Number("INTAKE_LANES", LanesDefault, 1, LanesMax);

    /// <summary>
    /// How many requests a caller may make a second, <c>RATE_LIMIT_PER_SECOND</c>; null for any number.
    /// </summary>
    public int? RequestsPerSecond => Optional("RATE_LIMIT_PER_SECOND") is null
        ? null
        : Number("RATE_LIMIT_PER_SECOND", 1, 1, RequestsPerSecondMax);

    /// <summary>The port of the private PostgreSQL of <c>serve --embedded</c>, <c>POSTGRES_PORT</c>.</summary>
    public int EmbeddedPostgresPort => Number("POSTGRES_PORT", EmbeddedServers.PostgresPortDefault, 1, 65535);

    /// <summary>The port of the private nats-server of <c>serve --embedded</c>, <c>NATS_PORT</c>.</summary>
    public int EmbeddedNatsPort => Number("NATS_PORT", EmbeddedServers.NatsPortDefault, 1, 65535);

    /// <summary>The broker, <c>NATS_URL</c> or what the file of <c>NATS_URL_FILE</c> says now.</summary>
    public string NatsUrl => NatsUrlIfSet
        ?? throw new SettingException("NATS_URL", "is not set", "nats://host:port, or in NATS_URL_FILE a file with it");

    /// <summary>The same; null where neither is set.</summary>
    public string? NatsUrlIfSet =>
        Optional("NATS_URL") is null && Optional("NATS_URL_FILE") is null ? null : Secret("NATS_URL");

    /// <summary>The issuer that tokens must name, <c>JWT_ISSUER</c>; null for any.</summary>
    public string? TokenIssuer => Optional("JWT_ISSUER");

    /// <summary>
    /// The audience that tokens must name, <c>JWT_AUDIENCE</c>; null for any. An authority signs for other services
    /// too, so with one it has to be set.
    /// </summary>
    public string? TokenAudience => TokenAuthority is null
        ? Optional("JWT_AUDIENCE")
        : Required("JWT_AUDIENCE", "the audience of tokens for this ledger, since JWT_AUTHORITY is set");

    /// <summary>
    /// The OIDC authority that signs tokens, <c>JWT_AUTHORITY</c>; null where <c>JWT_SECRET</c> does.
    /// </summary>
    public Uri? TokenAuthority
    {
        get
        {
            if (Optional("JWT_AUTHORITY") is not { } text)
            {
                return null;
            }

            if ((Optional("JWT_SECRET") ?? Optional("JWT_SECRET_FILE")) is not null)
            {
                throw new SettingException("JWT_AUTHORITY", "is set, and so is JWT_SECRET", "one of the two");
            }

            return Uri.TryCreate(text, UriKind.Absolute, out var url)
                && (url.Scheme == Uri.UriSchemeHttps || (url.Scheme == Uri.UriSchemeHttp && url.IsLoopback))
                ? url
                : throw new SettingException("JWT_AUTHORITY", $"is {text}", "an https:// URL, or http:// on loopback");
        }
    }

    /// <summary>What signs tokens: the first of <see cref="TokenSecrets"/>.</summary>
    public byte[] TokenSecret => TokenSecrets[0];

    /// <summary>
    /// What tokens may be signed with, <c>JWT_SECRET</c> or, one a line, the file that <c>JWT_SECRET_FILE</c> names, as
    /// it is now.
    /// </summary>
    public IReadOnlyList<byte[]> TokenSecrets
    {
        get
        {
            var secrets = Optional("JWT_SECRET") is { } single
                ? [single]
                : Secret("JWT_SECRET").Split(
                    '\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

            return secrets.Length is > 0 and <= SecretsMax
                ? [.. secrets.Select(TokenSecretOf)]
                : throw new SettingException(
                    "JWT_SECRET_FILE", $"has {secrets.Length} keys", $"one a line, at most {SecretsMax}");
        }
    }

    /// <summary>Opens the database of <c>DATABASE_URL</c>, or <c>DATABASE_URL_FILE</c>.</summary>
    public NpgsqlDataSource OpenDatabase()
    {
        try
        {
            return Optional("DATABASE_URL") is { } url
                ? DatabaseUrl.Open(url, "ledger")
                : DatabaseUrl.OpenFrom(() => Secret("DATABASE_URL"), "ledger");
        }
        catch (FormatException)
        {
            throw new SettingException("DATABASE_URL", "can't be read", DatabaseUrl.Expected);
        }
    }

    /// <summary>The same settings, but for those that private servers under <paramref name="data"/> bring.</summary>
    public LedgerSettings WithEmbedded(EmbeddedServers servers, string data)
    {
        var brought = new Dictionary<string, string>(JwtSecret.Ensure(data, variable), StringComparer.Ordinal)
        {
            ["DATABASE_URL"] = servers.DatabaseUrl,
            ["NATS_URL"] = servers.NatsUrl,
            ["FORGE_URL"] = Optional("FORGE_URL") ?? new Uri(Path.Combine(data, "forge.git")).AbsoluteUri,
        };

        return new(name => brought.GetValueOrDefault(name) ?? variable(name));
    }

    private static byte[] TokenSecretOf(string text)
    {
        var secret = Encoding.UTF8.GetBytes(text);

        return secret.Length >= SecretBytesMin
            ? secret
            : throw new SettingException(
                "JWT_SECRET", $"has {secret.Length} bytes", $"at least {SecretBytesMin}, better 32 at random");
    }

    private string? Optional(string name) => variable(name) is { Length: > 0 } value ? value : null;

    private string Required(string name, string expected) =>
        Optional(name) ?? throw new SettingException(name, "is not set", expected);

    private string Secret(string name)
    {
        if (Optional(name) is { } value)
        {
            return value;
        }

        var file = Optional($"{name}_FILE")
            ?? throw new SettingException(name, "is not set", $"a value, or in {name}_FILE the path of a file with it");

        try
        {
            // One that is being written is empty for a moment, which must not pass for a secret.
            return File.ReadAllText(file).Trim() is { Length: > 0 } secret
                ? secret
                : throw new SettingException($"{name}_FILE", $"is {file}, which is empty", "a file with the secret");
        }
        catch (Exception unreadable) when (unreadable is IOException or UnauthorizedAccessException)
        {
            throw new SettingException($"{name}_FILE", $"is {file}, which can't be read", "a readable file");
        }
    }

    private int Number(string name, int fallback, int min, int max) => Optional(name) switch
    {
        null => fallback,
        var text when int.TryParse(text, out var number) && number >= min && number <= max => number,
        var text => throw new SettingException(name, $"is {text}", $"a whole number from {min} to {max}"),
    };
}
