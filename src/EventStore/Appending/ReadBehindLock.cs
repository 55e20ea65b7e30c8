using Npgsql;

namespace EventLedger.EventStore.Appending;

/// <summary>
/// A query that an append runs together with its locks: it sees what nobody changes before the commit.
/// </summary>
/// <param name="Command">The query.</param>
/// <param name="TakeRow">Is given each row.</param>
public sealed record ReadBehindLock(NpgsqlBatchCommand Command, Action<NpgsqlDataReader> TakeRow);
