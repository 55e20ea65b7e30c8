namespace EventLedger.Ledger.Roles;

/// <summary>
/// A role of the database that logins are made members of. It is nobody's login, and every ledger of the server has the
/// same ones.
/// </summary>
/// <param name="Name">Its name.</param>
/// <param name="Rights">All that it may do with what <see cref="SchemaThing.All"/> lists.</param>
internal sealed record LedgerRole(string Name, IReadOnlySet<Right> Rights)
{
    /// <summary>Runs the service, and every verb but <c>migrate</c>: adds to history, and can't change it.</summary>
    public static readonly LedgerRole Writer = new("eventledger_writer", RightsOf(thing => thing.WriterMay));

    /// <summary>Verifies, exports and reads.</summary>
    public static readonly LedgerRole Reader = new("eventledger_reader", RightsOf(thing => thing.ReaderMay));

    private static HashSet<Right> RightsOf(Func<SchemaThing, string> may) =>
    [
        .. from thing in SchemaThing.All
           from privilege in may(thing).Split(' ', StringSplitOptions.RemoveEmptyEntries)
           select new Right(thing.Name, privilege),
    ];
}
