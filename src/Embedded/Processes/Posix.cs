using System.ComponentModel;
using System.Runtime.InteropServices;

namespace EventLedger.Embedded.Processes;

/// <summary>The two system calls that .NET has no method for.</summary>
internal static partial class Posix
{
    private const int NoSuchProcess = 3;

    /// <summary>False when the process is gone.</summary>
    public static bool Send(int processId, Signal signal)
    {
        if (Kill(processId, (int)signal) == 0)
        {
            return true;
        }

        var error = Marshal.GetLastPInvokeError();

        return error == NoSuchProcess
            ? false
            : throw new Win32Exception(error, $"signal {signal} to process {processId}");
    }

    /// <summary>Gives a file or folder to a user.</summary>
    public static void GiveTo(User user, string path)
    {
        if (Chown(path, (uint)user.Uid, (uint)user.Gid) != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{path} to user {user.Name}");
        }
    }

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    private static partial int Kill(int processId, int signal);

    [LibraryImport("libc", EntryPoint = "chown", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Chown(string path, uint owner, uint group);
}
