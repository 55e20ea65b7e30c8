using EventLedger.Contracts.Envelopes;

namespace EventLedger.Ledger.Legacy;

/// <summary>A customer of the old tables.</summary>
/// <param name="Id">The id that old rows name.</param>
/// <param name="UserId">The name of the stream.</param>
/// <param name="TenantId">The tenant that the account is opened under; none is kept as an empty one.</param>
internal sealed record LegacyCustomer(Guid Id, string? UserId, string? TenantId)
{
    /// <summary>Whether a <c>user_id</c> can be a stream's name: envelopes must be able to name it as well.</summary>
    public static bool IsUsable(string? userId) =>
        !string.IsNullOrWhiteSpace(userId) && userId.Length <= EnvelopeReader.NameLengthMax;
}
