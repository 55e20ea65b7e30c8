namespace EventLedger.Proxy;

/// <summary>
/// What waited for a socket goes on with the thread that learned that the wait is over. By default that thread hands it
/// to the pool, which wakes another one for it: on a busy processor that costs more than all metering.
/// </summary>
/// <remarks>
/// Whatever holds such a thread holds other connections too, so nothing that a response does may wait for a disk, a
/// lock that is held while one is waited for, or standard output. Decision 0025.
/// </remarks>
internal static class SocketThreads
{
    // Documented by .NET for its environment alone; it looks when the process makes its first socket.
    private const string Setting = "DOTNET_SYSTEM_NET_SOCKETS_INLINE_COMPLETIONS";

    /// <summary>
    /// Has it so from now on, unless the environment says otherwise. To be called before the first socket is made.
    /// </summary>
    public static void RunContinuations()
    {
        if (Environment.GetEnvironmentVariable(Setting) is null)
        {
            Environment.SetEnvironmentVariable(Setting, "1");
        }
    }
}
