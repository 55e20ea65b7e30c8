namespace EventLedger.Embedded.Running;

/// <summary>What <c>./run</c> was asked for, on its command line and in its environment.</summary>
internal sealed record RunOptions
{
    /// <summary>What <c>./run --help</c> says.</summary>
    public const string Help = """
        Usage: ./run [--once] [--no-demo] [--upstream URL] [--data DIR]

          --once          send the example traffic, show the result, stop everything
          --no-demo       start everything and stay; publish nothing
          --upstream URL  put the proxy before this server and not before the example one
          --data DIR      keep state here (.local)

        Ports: PROXY_PORT (8086), LEDGER_PORT (8085), NATS_PORT (14222), POSTGRES_PORT (15432), UPSTREAM_PORT (13000).
        JWT_SECRET signs tokens; without it, one is made and kept in the data folder.
        """;

    private const int PortMax = 65_535;

    /// <summary>Only help is wanted.</summary>
    public bool HelpOnly { get; private init; }

    /// <summary>Stop after the example.</summary>
    public bool Once { get; private init; }

    /// <summary>Send the example traffic.</summary>
    public bool Demo { get; private init; } = true;

    /// <summary>The server behind the proxy; null for the example one.</summary>
    public Uri? Upstream { get; private init; }

    /// <summary>State; null for the project's own folder for it.</summary>
    public string? DataFolder { get; private init; }

    /// <summary><c>PROXY_PORT</c></summary>
    public int ProxyPort { get; private init; } = 8086;

    /// <summary><c>LEDGER_PORT</c></summary>
    public int LedgerPort { get; private init; } = 8085;

    /// <summary><c>NATS_PORT</c></summary>
    public int NatsPort { get; private init; } = EmbeddedServers.NatsPortDefault;

    /// <summary><c>POSTGRES_PORT</c></summary>
    public int PostgresPort { get; private init; } = EmbeddedServers.PostgresPortDefault;

    /// <summary><c>UPSTREAM_PORT</c></summary>
    public int UpstreamPort { get; private init; } = 13000;

    /// <summary>The proxy's <c>PRICE_MICRO_OMR_PER_TOKEN</c>.</summary>
    public long MicroOmrPerToken { get; private init; } = 156;

    /// <summary>Throws with what is allowed when an argument or a variable isn't.</summary>
    public static RunOptions Parse(IReadOnlyList<string> arguments, Func<string, string?> variable)
    {
        var options = FromEnvironment(variable);

        for (var next = 0; next < arguments.Count; next++)
        {
            options = arguments[next] switch
            {
                "--help" or "-h" => options with { HelpOnly = true },
                "--once" => options with { Once = true },
                "--no-demo" => options with { Demo = false },
                "--upstream" => options with { Upstream = HttpUrl(Value(arguments, ++next)) },
                "--data" => options with { DataFolder = Path.GetFullPath(Value(arguments, ++next)) },
                var unknown => throw new EmbeddedException($"Unknown option {unknown}.\n{Help}"),
            };
        }

        return options is { Once: true, Demo: false }
            ? throw new EmbeddedException("--once sends the example, --no-demo doesn't: choose one.")
            : options;
    }

    private static RunOptions FromEnvironment(Func<string, string?> variable)
    {
        var defaults = new RunOptions();

        return defaults with
        {
            ProxyPort = Number("PROXY_PORT", defaults.ProxyPort, PortMax),
            LedgerPort = Number("LEDGER_PORT", defaults.LedgerPort, PortMax),
            NatsPort = Number("NATS_PORT", defaults.NatsPort, PortMax),
            PostgresPort = Number("POSTGRES_PORT", defaults.PostgresPort, PortMax),
            UpstreamPort = Number("UPSTREAM_PORT", defaults.UpstreamPort, PortMax),
            MicroOmrPerToken = Number("PRICE_MICRO_OMR_PER_TOKEN", (int)defaults.MicroOmrPerToken, int.MaxValue),
        };

        int Number(string name, int otherwise, int most) => variable(name) switch
        {
            null or "" => otherwise,
            var text when int.TryParse(text, out var number) && number >= 1 && number <= most => number,
            var text => throw new EmbeddedException($"{name} is {text}; a whole number from 1 to {most} is allowed."),
        };
    }

    private static string Value(IReadOnlyList<string> arguments, int index) => index < arguments.Count
        ? arguments[index]
        : throw new EmbeddedException($"{arguments[^1]} needs a value.\n{Help}");

    private static Uri HttpUrl(string text) =>
        Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme is "http" or "https"
            ? url
            : throw new EmbeddedException($"--upstream is {text}; an http:// or https:// URL is allowed.");
}
