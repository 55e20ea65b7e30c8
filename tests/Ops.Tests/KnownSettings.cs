using System.Reflection;
using EventLedger.Embedded.Running;
using EventLedger.Ledger.Settings;
using EventLedger.Proxy.Settings;
using SettingException = EventLedger.Ledger.Settings.SettingException;

namespace EventLedger.Ops.Tests;

/// <summary>The environment variables that the programs read: what they look for is noted.</summary>
internal static class KnownSettings
{
    // What a setting is read by: a property, or a method without parameters.
    private const BindingFlags Members =
        BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.DeclaredOnly;

    /// <summary>Those of the runtime under our programs, which manifests may set.</summary>
    public static readonly IReadOnlySet<string> OfTheRuntime =
        new HashSet<string> { "DOTNET_EnableDiagnostics", FirstGeneration.Variable };

    /// <summary>Those of the proxy.</summary>
    public static readonly IReadOnlySet<string> OfTheProxy =
        Heard(variable => ProxySettings.Read(variable), ("NATS_URL", "nats://localhost"));

    /// <summary>Those of the ledger, whichever verb reads them.</summary>
    public static readonly IReadOnlySet<string> OfTheLedger = new HashSet<string>(
    [
        .. Heard(ReadLedger, ("FORGE_URL", "https://localhost"), ("FORGE_TOKEN", "token")),
        .. Heard(ReadLedger, ("FORGE_URL", "https://localhost"), ("JWT_AUTHORITY", "https://localhost")),
    ]);

    /// <summary>Those of <c>./run</c>.</summary>
    public static readonly IReadOnlySet<string> OfTheRun = Heard(variable => RunOptions.Parse([], variable));

    /// <summary>All of them.</summary>
    public static IEnumerable<string> All => OfTheProxy.Union(OfTheLedger).Union(OfTheRun);

    private static HashSet<string> Heard(
        Action<Func<string, string?>> read, params (string Name, string Value)[] given)
    {
        var heard = new HashSet<string>();
        read(name =>
        {
            heard.Add(name);
            return given.FirstOrDefault(setting => setting.Name == name).Value;
        });
        return heard;
    }

    private static void ReadLedger(Func<string, string?> variable)
    {
        var settings = new LedgerSettings(variable);

        foreach (var read in typeof(LedgerSettings).GetMethods(Members).Where(each => each.GetParameters().Length == 0))
        {
            Try(() => read.Invoke(settings, BindingFlags.DoNotWrapExceptions, null, null, null));
        }
    }

    private static void Try(Func<object?> read)
    {
        try
        {
            read();
        }
        catch (SettingException)
        {
            // A setting that is missing was heard of all the same.
        }
    }
}
