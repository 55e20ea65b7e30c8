using System.Net;
using System.Net.Sockets;

namespace EventLedger.Embedded.Processes;

/// <summary>Ports on loopback.</summary>
public static class Ports
{
    // What an earlier process left behind lets go of its port within this time.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Interval = TimeSpan.FromMilliseconds(100);

    /// <summary>Throws with the port's number and the setting it came from when somebody else listens on it.</summary>
    internal static async Task EnsureFreeAsync(
        int port, string setting, CancellationToken cancellation, TimeSpan? patience = null)
    {
        for (var triesLeft = (int)((patience ?? Patience) / Interval); !IsFree(port); triesLeft--)
        {
            if (triesLeft <= 0)
            {
                throw new EmbeddedException($"Port {port} is taken: stop what listens there, or set {setting}.");
            }

            await Task.Delay(Interval, cancellation);
        }
    }

    /// <summary>Whether nobody listens on it.</summary>
    public static bool IsFree(int port)
    {
        try
        {
            using var listener = new TcpListener(IPAddress.Loopback, port);
            listener.Start();
            return true;
        }
        catch (SocketException e) when (e.SocketErrorCode == SocketError.AddressAlreadyInUse)
        {
            return false;
        }
    }
}
