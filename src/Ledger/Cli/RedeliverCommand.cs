using System.CommandLine;
using System.Globalization;
using EventLedger.Contracts;
using EventLedger.Ledger.Settings;
using EventLedger.Ledger.Status;
using EventLedger.Nats;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger redeliver</c>: has the broker deliver what a restored database may lack.</summary>
internal static class RedeliverCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var command = new Verb(
            "redeliver",
            "Have the broker of NATS_URL deliver every envelope again that it still has, as after a restore.",
            ["ledger redeliver"],
            "What the ledger has booked is a duplicate then, and changes nothing. The service may run meanwhile, or be "
            + "started later; what comes new is booked after all that comes again.");
        command.SetAction((parsed, cancellation) => RunAsync(
            settings, parsed.InvocationConfiguration.Output, parsed.InvocationConfiguration.Error, cancellation));
        return command;
    }

    private static async Task<int> RunAsync(
        LedgerSettings settings, TextWriter output, TextWriter error, CancellationToken cancellation)
    {
        switch (await BrokerVisit.AskAsync(settings.NatsUrl, TimeProvider.System, ForgetAsync, cancellation))
        {
            case null:
                await error.WriteLineAsync("ledger: The broker can't be reached.");
                return ExitCode.Unreachable;

            case { Stream: null }:
                await error.WriteLineAsync($"ledger: The broker has no stream {UsageStream.Name}.");
                return ExitCode.Failed;

            case { Stream: var stream }:
                var (messages, first) = (stream.State.Messages, stream.State.FirstSequence);
                await output.WriteLineAsync(string.Create(
                    CultureInfo.InvariantCulture, $"{messages} messages are delivered again, from number {first} on"));
                return ExitCode.Done;
        }
    }

    // Where a consumer begins can't be changed. The service makes it anew as soon as it finds none.
    private static async Task<Found> ForgetAsync(NatsConnection connection, CancellationToken cancellation)
    {
        var jetStream = new JetStream(connection);
        await jetStream.DeleteConsumerAsync(UsageStream.Name, UsageStream.Consumer, cancellation);
        return new(await jetStream.GetStreamAsync(UsageStream.Name, cancellation));
    }

    private sealed record Found(StreamInfo? Stream);
}
