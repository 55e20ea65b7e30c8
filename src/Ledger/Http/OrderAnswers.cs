using EventLedger.Accounts;
using EventLedger.Ledger.Booking;
using Microsoft.AspNetCore.Http.HttpResults;

namespace EventLedger.Ledger.Http;

/// <summary>Tells operators why an order was not carried out.</summary>
internal static class OrderAnswers
{
    /// <summary>The problem with an order; null where it was carried out, now or before.</summary>
    /// <param name="outcome">What became of it.</param>
    /// <param name="what">What was ordered, for people.</param>
    /// <param name="order">The order.</param>
    public static ProblemHttpResult? ProblemOf(OrderOutcome outcome, string what, AccountOrder order) => outcome switch
    {
        OrderOutcome.Conflicting conflicting => Problems.Of(
            StatusCodes.Status409Conflict, $"{what} was booked with other content",
            ("ledger_entry_id", conflicting.EventId)),
        OrderOutcome.Corrected corrected => Problems.Of(
            StatusCodes.Status409Conflict,
            $"{what} would leave its corrections in the balance; reverse the entries in corrections first",
            ("corrections", corrected.Corrections)),
        OrderOutcome.OutOfRange => Problems.Of(
            StatusCodes.Status422UnprocessableEntity, "would take the customer's balance outside 64 bits"),
        OrderOutcome.Refused refused => ProblemOf(refused.Refusal, order),
        _ => null,
    };

    private static ProblemHttpResult ProblemOf(OrderRefusal refusal, AccountOrder order) => refusal switch
    {
        OrderRefusal.UnknownCustomer => Problems.Of(
            StatusCodes.Status404NotFound,
            $"customer {order.CustomerId} is not known"
            + (order is AccountOrder.GrantCredit ? "; name tenant_id to open an account" : "")),
        OrderRefusal.OtherTenant => Problems.Of(
            StatusCodes.Status409Conflict, $"customer {order.CustomerId} belongs to another tenant"),
        _ => Problems.Of(
            StatusCodes.Status422UnprocessableEntity,
            "the entry is a reversal, which can't be reversed; book the charge or the credit anew"),
    };
}
