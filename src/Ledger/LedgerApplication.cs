using System.Diagnostics.Metrics;
using EventLedger.EventStore;
using EventLedger.EventStore.Reading;
using EventLedger.Hosting;
using EventLedger.Hosting.Logs;
using EventLedger.Hosting.Otlp;
using EventLedger.Ledger.Auditing;
using EventLedger.Ledger.Booking;
using EventLedger.Ledger.Http;
using EventLedger.Ledger.Intake;
using EventLedger.Ledger.Monitoring;
using EventLedger.Ledger.Nodes;
using EventLedger.Ledger.Rolling;
using EventLedger.Ledger.Settings;
using EventLedger.Ledger.Sources;
using EventLedger.Ledger.Streaming;
using EventLedger.Ledger.Verifying;
using EventLedger.Nats;
using EventLedger.Projections.Accounts;
using EventLedger.Projections.Balances;
using EventLedger.Projections.Entries;
using EventLedger.Projections.Rolling;
using EventLedger.Projections.Sources;
using EventLedger.Projections.Statements;
using EventLedger.Projections.Usage;
using Npgsql;

namespace EventLedger.Ledger;

/// <summary>The service: intake from the broker, and the HTTP API.</summary>
internal static class LedgerApplication
{
    /// <summary>Wires the service from its settings, all of which are checked here.</summary>
    /// <exception cref="SettingException">A setting is missing or wrong.</exception>
    public static WebApplication Build(LedgerSettings settings)
    {
        var builder = ServiceBuilder.Create();
        var database = settings.OpenDatabase();
        var broker = new NatsOptions
        {
            Url = settings.NatsUrl,
            ReadUrl = () => settings.NatsUrl,
            Name = "ledger",
        };
        var port = settings.Port;
        var otlp = settings.Otlp;
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.ListenAnyIP(port);
        });
        builder.Logging.AddLines(settings.LogFormat)
            .SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft.AspNetCore", LogLevel.Warning);

        builder.AddOtlp(otlp, new("ledger", [LedgerMeter.Name, Telemetry.Name], [BookingTrace.Name, Telemetry.Name]));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddProblems().AddRequests().AddApiDescription()
            .AddTokens(settings).AddRateLimits(settings);
        builder.Services.AddSingleton(settings.Stream);
        var anchorKey = settings.ReadAnchorKey();
        builder.Services.AddSingleton(_ => new AnchorSigner(anchorKey));
        AddLedger(builder.Services, database, broker, new LaneOptions(settings.Lanes));
        builder.Services.AddNodeBilling(settings);

        if (otlp.Metrics is not null)
        {
            builder.Services.AddHostedService<GaugeRefresher>();
        }

        if (settings.VerifyInterval is { } interval)
        {
            builder.Services.AddSingleton<IHostedService>(
                provider => ActivatorUtilities.CreateInstance<VerifyService>(provider, interval));
        }

        var app = builder.Build();
        app.Services.GetRequiredService<PrometheusPage>();
        app.UseOtlp(otlp);
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UseAuthentication();
        app.UseAuthorization();
        app.UseRateLimiter();
        app.MapApiDescription();
        app.MapHealth();
        app.MapMetering();
        app.MapRecords();
        app.MapBalances();
        app.MapEntryLists();
        StatementEndpoints.Map(app);
        app.MapCustomers();
        app.MapUsage();
        app.MapDeadLetters();
        app.MapSources();
        app.MapConservation();
        app.MapCredits();
        app.MapEntries();
        app.MapAudit();
        app.MapBalanceStream();
        app.MapAccounts();
        app.MapNodeUsage();
        app.MapNodePush();
        return app;
    }

    // Hosted services end in the opposite order: what pulls and the intake first, then the lanes with what they hold.
    private static void AddLedger(
        IServiceCollection services, NpgsqlDataSource database, NatsOptions broker, LaneOptions lanes)
    {
        services.AddSingleton(_ => database);
        services.AddSingleton(provider => NatsConnection.Start(
            broker, provider.GetRequiredService<ILoggerFactory>(), provider.GetRequiredService<TimeProvider>()));
        services.AddSingleton(lanes);
        services.AddMetrics();
        services.AddSingleton(
            provider => new LedgerMeter(provider.GetRequiredService<IMeterFactory>().Create(LedgerMeter.Name)));
        services.AddSingleton<LedgerGauges>();
        services.AddSingleton<Lookout>();
        services.AddSingleton<PrometheusPage>();
        services.AddSingleton<PostgresEventStore>();
        services.AddSingleton<HeadNotifier>();
        services.AddSingleton<EventReader>();
        services.AddSingleton<Bookkeeper>();
        services.AddSingleton<BatchBooking>();
        services.AddSingleton<OrderDesk>();
        services.AddSingleton<BalanceQueries>();
        services.AddSingleton(new TailOptions());
        services.AddSingleton<EventTail>();
        services.AddSingleton<BalanceHistory>();
        services.AddSingleton<BalanceFeed>();
        services.AddSingleton<PastBalanceQueries>();
        services.AddSingleton<PastBalances>();
        services.AddSingleton<AccountQueries>();
        services.AddSingleton<AccountAccess>();
        services.AddSingleton<EntryQueries>();
        services.AddSingleton<StatementQueries>();
        services.AddSingleton<StatementEndpoints>();
        services.AddSingleton<UsageQueries>();
        services.AddSingleton<Rollup, StatementRollup>();
        services.AddSingleton<Rollup, SourceRollup>();
        services.AddSingleton<SourceQueries>();
        services.AddSingleton<MissingEnvelopes>();
        services.AddSingleton<BookingLanes>();
        services.AddSingleton<DeadLetterDesk>();
        services.AddSingleton<UsageIntake>();
        services.AddSingleton<SchemaSetup>();
        services.AddHostedService(provider => provider.GetRequiredService<SchemaSetup>());
        services.AddHostedService(provider => provider.GetRequiredService<BookingLanes>());
        services.AddHostedService<WaitingRoom>();
        services.AddHostedService<RollupService>();
        services.AddHostedService<ReportIntake>();
        services.AddHostedService(provider => provider.GetRequiredService<UsageIntake>());
    }
}
