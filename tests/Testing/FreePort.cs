using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using EventLedger.Embedded.Processes;

namespace EventLedger.Testing;

/// <summary>
/// Free ports on loopback, below the ephemeral ones (from 32768) and above those that people set by hand: no
/// outgoing connection takes one between our choice and the server's start.
/// </summary>
public static class FreePort
{
    private const int Lowest = 16_000;
    private const int Highest = 32_000;
    private const int TriesMax = 1000;

    private static readonly ConcurrentDictionary<int, bool> Given = new();

    /// <summary>A port that nothing listens on and that this process has not been given before.</summary>
    public static int Next()
    {
        for (var tries = 0; tries < TriesMax; tries++)
        {
            // Random, since test processes run side by side and would all choose the same first one.
            var port = Random.Shared.Next(Lowest, Highest);

            if (Given.TryAdd(port, true) && Ports.IsFree(port))
            {
                return port;
            }
        }

        throw new InvalidOperationException($"No free port between {Lowest} and {Highest} in {TriesMax} tries.");
    }

    /// <summary>Listens on such a port; on another one where a process beside this one has just taken it.</summary>
    public static TcpListener Listen()
    {
        for (var tries = 1; ; tries++)
        {
            var listener = new TcpListener(IPAddress.Loopback, Next());

            try
            {
                listener.Start();
                return listener;
            }
            catch (SocketException taken)
                when (taken.SocketErrorCode is SocketError.AddressAlreadyInUse && tries < TriesMax)
            {
                listener.Dispose();
            }
        }
    }
}
