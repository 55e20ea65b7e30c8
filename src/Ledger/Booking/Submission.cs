using System.Diagnostics;
using EventLedger.Accounts;
using EventLedger.Contracts.Envelopes;
using EventLedger.Ledger.Nodes;

namespace EventLedger.Ledger.Booking;

/// <summary>An envelope on its way into the ledger, and who wants to know what became of it.</summary>
public abstract class Submission
{
    /// <summary>The envelope; null where the bytes are none, which <see cref="DeadLetterReason"/> then says.</summary>
    public UsageEnvelope? Envelope { get; init; }

    /// <summary>The key that its envelope is booked under, unless that is taken by other content.</summary>
    public Guid FirstId => field == Guid.Empty ? field = UsageDecider.FirstId(Envelope!) : field;

    /// <summary>The message it came in; null on the HTTP path, whose caller keeps it.</summary>
    public MessageOrigin? Origin { get; init; }

    /// <summary>Why it can't become an event; null as long as it may.</summary>
    public string? DeadLetterReason { get; set; }

    /// <summary>The rail that it came on, where it is a node's record.</summary>
    public virtual Rail Rail => Rail.Envelope;

    /// <summary>Whether other content under a known request id is refused rather than charged.</summary>
    public virtual bool RefusesReuse => false;

    /// <summary>Whether the submitter asks for the balance.</summary>
    public virtual bool WantsBalance => false;

    /// <summary>Whether it is kept as waiting, to be removed from there once it is placed.</summary>
    public virtual bool IsWaiting => false;

    /// <summary>Whether it is tried again while the database can't be reached, rather than given back.</summary>
    public virtual bool Persists => true;

    /// <summary>Spans its way to what becomes of it; null where nobody follows traces.</summary>
    internal Activity? Span { get; init; }

    /// <summary>Whether somebody was told.</summary>
    public bool IsSettled { get; private set; }

    /// <summary>Tells what became of it, once.</summary>
    public void Settle(BookingOutcome outcome)
    {
        IsSettled = true;
        BookingTrace.End(Span, outcome);
        OnSettled(outcome);
    }

    /// <summary>Tells the submitter; must not throw, nor take long.</summary>
    protected abstract void OnSettled(BookingOutcome outcome);
}
