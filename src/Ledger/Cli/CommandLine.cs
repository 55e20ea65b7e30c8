using System.CommandLine;
using System.CommandLine.Invocation;
using System.Net.Sockets;
using EventLedger.Embedded;
using EventLedger.EventStore.Proofs;
using EventLedger.EventStore.Schema;
using EventLedger.Ledger.Settings;
using Npgsql;

namespace EventLedger.Ledger.Cli;

/// <summary>Runs a verb and turns what went wrong into one line and an exit code.</summary>
internal static class CommandLine
{
    /// <summary>Runs the verb that <paramref name="args"/> name.</summary>
    public static async Task<int> RunAsync(RootCommand root, string[] args, TextWriter output, TextWriter error)
    {
        var parsed = root.Parse(args);
        var streams = new InvocationConfiguration
        {
            Output = output,
            Error = error,
            EnableDefaultExceptionHandler = false,
            // The service stops by itself when it is told to, and takes longer than a verb would be given.
            ProcessTerminationTimeout = null,
        };

        // An option that a verb doesn't know would be taken for its argument: a mistyped one for a customer. What comes
        // after a lone -- is meant so.
        if (!args.Contains("--")
            && parsed.CommandResult.Tokens.FirstOrDefault(
                token => token.Value.StartsWith("--", StringComparison.Ordinal)) is { } mistyped)
        {
            return await FailAsync(
                error, $"'{parsed.CommandResult.Command.Name}' has no option {mistyped.Value}", ExitCode.WrongUse);
        }

        // Help comes only where a verb has to be chosen: below it, nobody would see what is wrong.
        if (parsed.Action is ParseErrorAction && parsed.CommandResult.Command.Subcommands.Count == 0)
        {
            var words = parsed.Errors.Select(wrong => wrong.Message.ReplaceLineEndings(" ").Replace('\t', ' '));
            return await FailAsync(error, string.Join(" ", words), ExitCode.WrongUse);
        }

        try
        {
            var exitCode = await parsed.InvokeAsync(streams);
            return parsed.Action is ParseErrorAction ? ExitCode.WrongUse : exitCode;
        }
        catch (SettingException wrong)
        {
            return await FailAsync(error, wrong.Message, ExitCode.WrongUse);
        }
        catch (Exception known) when (known is SchemaMismatchException or SchemaBehindException
            or EmbeddedException or ProofException)
        {
            return await FailAsync(error, known.Message, ExitCode.Failed);
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.UndefinedTable)
        {
            return await FailAsync(
                error,
                "The database has no ledger yet, or an older version's. Run 'ledger migrate' first.",
                ExitCode.Failed);
        }
        catch (PostgresException refused) when (refused.SqlState == PostgresErrorCodes.InsufficientPrivilege)
        {
            return await FailAsync(
                error,
                $"The user of DATABASE_URL may not do that: {refused.MessageText}. docs/cli.md says which role may.",
                ExitCode.Failed);
        }
        catch (PostgresException refused) when (!IsOutage(refused))
        {
            return await FailAsync(
                error, $"The database refused it: {refused.SqlState} {refused.MessageText}", ExitCode.Failed);
        }
        catch (Exception failure) when (failure is NpgsqlException or SocketException)
        {
            return await FailAsync(
                error, $"The database can't be reached, or was lost: {failure.Message}", ExitCode.Unreachable);
        }
    }

    // Classes 08 (connection exception) and 57P (starting, stopping, terminated), and no connection left.
    private static bool IsOutage(PostgresException refused) => refused.SqlState
        is ['0', '8', ..] or ['5', '7', 'P', ..] or PostgresErrorCodes.TooManyConnections;

    private static async Task<int> FailAsync(TextWriter error, string message, int exitCode)
    {
        await error.WriteLineAsync($"ledger: {message}");
        return exitCode;
    }
}
