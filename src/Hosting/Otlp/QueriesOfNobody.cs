using System.Diagnostics;
using OpenTelemetry;

namespace EventLedger.Hosting.Otlp;

/// <summary>
/// Leaves out statements that belong to no request and no commit: what looks at the database every second would fill
/// the collector with traces of one statement each.
/// </summary>
internal sealed class QueriesOfNobody : BaseProcessor<Activity>
{
    private const string Database = "Npgsql";

    /// <inheritdoc/>
    public override void OnEnd(Activity data)
    {
        if (data.Source.Name == Database && data.ParentSpanId == default)
        {
            data.ActivityTraceFlags &= ~ActivityTraceFlags.Recorded;
        }
    }
}
