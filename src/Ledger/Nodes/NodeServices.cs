using EventLedger.Contracts.Money;
using EventLedger.Hosting.Secrets;
using EventLedger.Ledger.Http;
using EventLedger.Ledger.Settings;
using EventLedger.NodeBilling.Forges;
using Npgsql;

namespace EventLedger.Ledger.Nodes;

/// <summary>Wires node billing.</summary>
internal static class NodeServices
{
    /// <summary>Adds what records, pushes and pulls the usage of nodes.</summary>
    /// <exception cref="SettingException">A setting is wrong.</exception>
    public static IServiceCollection AddNodeBilling(this IServiceCollection services, LedgerSettings settings)
    {
        // Asked here already: a file that can't be read stops the start.
        _ = settings.AdminSecret;
        services.AddSingleton(provider => new AdminSecret(new(
            () => AdminSecret.HashOf(settings.AdminSecret), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<AdminSecret>>())));
        services.AddSingleton(new NodeRecords(settings.NodeAsset, settings.NodeTenant));
        services.AddSingleton<RecordBooking>();

        if (settings.Forge is { } forge)
        {
            services.AddForge(forge, settings.NodeName, settings.NodeAsset);
            services.AddSchedule<UsagePush>("push", settings.PushInterval, push => push.PushAsync);
            services.AddSchedule<UsagePull>("pull", settings.PullInterval, pull => pull.PullAsync);
        }

        return services;
    }

    private static void AddForge(this IServiceCollection services, ForgeOptions forge, string node, Asset asset)
    {
        services.AddSingleton(provider =>
        {
            var time = provider.GetRequiredService<TimeProvider>();
            var logger = provider.GetRequiredService<ILogger<IForge>>();
            return forge.WithToken(read => Kept(new(read, time, logger))).Open(time);
        });
        services.AddSingleton(provider => new ForgeRetry(provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(provider => new UsagePush(
            provider.GetRequiredService<NpgsqlDataSource>(), provider.GetRequiredService<IForge>(), node, asset,
            provider.GetRequiredService<ForgeRetry>(), provider.GetRequiredService<ILogger<UsagePush>>()));
        services.AddSingleton<UsagePull>();
    }

    private static Func<string> Kept(Reread<string> token) => () => token.Current;

    private static void AddSchedule<T>(
        this IServiceCollection services, string name, TimeSpan? interval, Func<T, Func<CancellationToken, Task>> work)
        where T : notnull
    {
        if (interval is { } often)
        {
            services.AddSingleton<IHostedService>(provider => new NodeSchedule(
                name, often, work(provider.GetRequiredService<T>()), provider.GetRequiredService<SchemaSetup>(),
                provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<NodeSchedule>>()));
        }
    }
}
