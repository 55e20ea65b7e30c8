namespace EventLedger.Embedded.Processes;

/// <summary>The signals that children are sent, by their Linux numbers.</summary>
public enum Signal
{
    /// <summary>No signal.</summary>
    None = 0,

    /// <summary>SIGINT; PostgreSQL stops fast and cleanly.</summary>
    Interrupt = 2,

    /// <summary>SIGQUIT; PostgreSQL stops at once and recovers at its next start.</summary>
    Quit = 3,

    /// <summary>SIGKILL.</summary>
    Kill = 9,

    /// <summary>SIGUSR2; nats-server sends its clients away and stops after a while.</summary>
    User2 = 12,

    /// <summary>SIGTERM.</summary>
    Terminate = 15,

    /// <summary>SIGCONT; ends <see cref="Stop"/>.</summary>
    Continue = 18,

    /// <summary>SIGSTOP; the process stays and does nothing.</summary>
    Stop = 19,
}

internal static class SignalNames
{
    extension(Signal signal)
    {
        /// <summary>As setpriv wants it.</summary>
        public string ShortName => signal switch
        {
            Signal.Interrupt => "INT",
            Signal.Quit => "QUIT",
            Signal.Kill => "KILL",
            Signal.Terminate => "TERM",
            _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, "doesn't end a process"),
        };
    }
}
