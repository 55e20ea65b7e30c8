using System.Diagnostics;
using EventLedger.Nats;

namespace EventLedger.Ledger.Booking;

/// <summary>
/// What booking tells whoever follows traces: a span for each submission, in its own trace, and one for each commit,
/// which the submissions' spans link to. Where nobody listens, nothing is made.
/// </summary>
internal static class BookingTrace
{
    /// <summary>The name of the activity source.</summary>
    public const string Name = "EventLedger.Ledger";

    /// <summary>The submissions that one commit links to; it says how many there were.</summary>
    public const int LinksMax = 128;

    private static readonly ActivitySource Source = new(Name);

    /// <summary>Begins the span of an envelope of the broker, in the trace that its headers name.</summary>
    public static Activity? Begin(JetStreamMessage message)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var span = Start(ActivityKind.Consumer, Telemetry.ParentIn(message.Headers));
        span?.SetTag("messaging.system", "nats").SetTag("messaging.destination.name", message.Subject);
        return span?.SetTag("ledger.stream_sequence", checked((long)message.StreamSequence));
    }

    /// <summary>Begins the span of an envelope of an HTTP request, beneath the request's own.</summary>
    public static Activity? Begin() =>
        Source.HasListeners() ? Start(ActivityKind.Internal, parent: default) : null;

    /// <summary>Ends the span of a submission.</summary>
    public static void End(Activity? span, BookingOutcome outcome)
    {
        if (span is null)
        {
            return;
        }

        span.SetTag("ledger.outcome", outcome.GetType().Name).SetTag("ledger.event_id", EventOf(outcome)?.ToString());
        span.SetStatus(outcome is BookingOutcome.Refused or BookingOutcome.Unavailable
            ? ActivityStatusCode.Error
            : ActivityStatusCode.Ok);
        span.Dispose();
    }

    /// <summary>Begins the span of a transaction; the caller disposes of it.</summary>
    public static Activity? Commit(IReadOnlyList<Submission> submissions)
    {
        if (!Source.HasListeners())
        {
            return null;
        }

        var spans = submissions.Select(submission => submission.Span).OfType<Activity>().ToArray();
        var commit = Source.StartActivity(
            "commit", ActivityKind.Internal, parentContext: default,
            links: spans.Take(LinksMax).Select(span => new ActivityLink(span.Context)));
        commit?.SetTag("ledger.submissions", submissions.Count);

        foreach (var span in commit is null ? [] : spans)
        {
            span.AddLink(new ActivityLink(commit!.Context));
        }

        return commit;
    }

    // It goes on while others are worked on: so it isn't left as the current one.
    private static Activity? Start(ActivityKind kind, ActivityContext parent)
    {
        var before = Activity.Current;
        var started = Source.StartActivity("book", kind, parent);
        Activity.Current = before;
        return started;
    }

    private static Guid? EventOf(BookingOutcome outcome) => outcome switch
    {
        BookingOutcome.Booked booked => booked.EventId,
        BookingOutcome.Repeated repeated => repeated.EventId,
        BookingOutcome.Conflicting conflicting => conflicting.EventId,
        _ => null,
    };
}
