using System.Runtime.InteropServices;

namespace EventLedger.Embedded.Running;

/// <summary>Ctrl-C, SIGTERM and a closed terminal: each asks for a clean stop and no longer ends the process.</summary>
internal sealed class StopRequest : IDisposable
{
    private readonly CancellationTokenSource requested = new();
    private readonly PosixSignalRegistration[] registrations;

    public StopRequest() => registrations =
    [
        .. new[] { PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP }
            .Select(signal => PosixSignalRegistration.Create(signal, Request)),
    ];

    public CancellationToken Token => requested.Token;

    public void Dispose()
    {
        foreach (var registration in registrations)
        {
            registration.Dispose();
        }

        requested.Dispose();
    }

    private void Request(PosixSignalContext context)
    {
        context.Cancel = true;
        requested.Cancel();
    }
}
