using Microsoft.AspNetCore.Builder;

namespace EventLedger.Hosting.Otlp;

/// <summary>Exports what a program tells of itself, where it is told to. Else nothing is loaded.</summary>
public static class OtlpExport
{
    /// <summary>
    /// Exports what <paramref name="settings"/> has a target for. To be called after the other logs are set up, and
    /// before all services, so that it ends after them.
    /// </summary>
    public static void AddOtlp(this WebApplicationBuilder builder, OtlpSettings settings, TelemetrySources sources)
    {
        if (settings.IsOn)
        {
            OtlpProviders.AddTo(builder, settings, sources);
        }
    }

    /// <summary>Names requests in traces. To be called before all else that handles them.</summary>
    public static void UseOtlp(this WebApplication app, OtlpSettings settings)
    {
        if (settings.Traces is not null)
        {
            app.Use(RequestNaming.NameAsync);
        }
    }
}
