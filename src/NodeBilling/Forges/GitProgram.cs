using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace EventLedger.NodeBilling.Forges;

/// <summary>Runs git on one bare repository, without anybody's settings or hooks.</summary>
/// <param name="folder">The repository.</param>
/// <param name="limit">The longest time that a run may take.</param>
internal sealed class GitProgram(string folder, TimeSpan limit)
{
    /// <summary>The most bytes that are taken of what it prints: the listing of a very large folder.</summary>
    public const int OutputBytesMax = 64 * 1024 * 1024;

    /// <summary>The longest error text that is passed on.</summary>
    private const int ErrorLengthMax = 500;

    private const int BufferBytes = 64 * 1024;

    private static readonly string[] Passed = ["PATH", "TMPDIR"];

    // Objects are on disk before a ref names them: the checkpoint that follows a commit must not outlive it.
    private static readonly string[] Always =
    [
        "-c", "core.hooksPath=/dev/null", "-c", "core.fsync=all", "-c", "gc.auto=0", "--literal-pathspecs",
    ];

    /// <summary>Its output; fails with what it said.</summary>
    /// <exception cref="ForgeException">It failed, or took too long.</exception>
    public async Task<byte[]> RunAsync(
        IEnumerable<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellation)
    {
        var (exitCode, output, error) = await TryRunAsync(arguments, input, cancellation);

        return exitCode == 0
            ? output
            : throw new ForgeException($"git failed in {folder} of FORGE_URL: {Shorten(error)}", mayPass: true);
    }

    /// <summary>Its exit code, output and error text.</summary>
    /// <exception cref="ForgeException">It can't be started, or took too long.</exception>
    public async Task<(int ExitCode, byte[] Output, string Error)> TryRunAsync(
        IEnumerable<string> arguments, ReadOnlyMemory<byte> input, CancellationToken cancellation)
    {
        using var limited = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        limited.CancelAfter(limit);
        using var process = Start(arguments);

        try
        {
            var written = WriteAsync(process, input, limited.Token);
            var output = ReadAsync(process.StandardOutput.BaseStream, limited.Token);
            var error = ReadAsync(process.StandardError.BaseStream, limited.Token);
            await output;
            await Task.WhenAll(written, error, process.WaitForExitAsync(limited.Token));
            return (process.ExitCode, await output, Encoding.UTF8.GetString(await error));
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            throw new ForgeException($"git did not end within {limit.TotalSeconds} s in {folder}", mayPass: true);
        }
        finally
        {
            if (!process.HasExited)
            {
                process.Kill(entireProcessTree: true);
            }
        }
    }

    private Process Start(IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo("git", [.. Always, $"--git-dir={folder}", .. arguments])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // Our own environment has secrets, and what would set git up otherwise.
        foreach (var name in start.Environment.Keys.Where(name => !Passed.Contains(name)).ToArray())
        {
            start.Environment.Remove(name);
        }

        start.Environment["GIT_CONFIG_NOSYSTEM"] = "1";
        start.Environment["GIT_CONFIG_GLOBAL"] = "/dev/null";
        start.Environment["GIT_TERMINAL_PROMPT"] = "0";
        start.Environment["LC_ALL"] = "C";

        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            throw new ForgeException($"git can't be started, which FORGE_URL needs: {missing.Message}", mayPass: false);
        }
    }

    private static async Task WriteAsync(Process process, ReadOnlyMemory<byte> input, CancellationToken cancellation)
    {
        try
        {
            await process.StandardInput.BaseStream.WriteAsync(input, cancellation);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it had read everything, and its exit code says why.
        }
    }

    private static async Task<byte[]> ReadAsync(Stream stream, CancellationToken cancellation)
    {
        using var bytes = new MemoryStream();
        var buffer = new byte[BufferBytes];

        while (await stream.ReadAsync(buffer, cancellation) is > 0 and var count)
        {
            if (bytes.Length + count > OutputBytesMax)
            {
                throw new ForgeException($"git's answer has more than {OutputBytesMax} bytes", mayPass: false);
            }

            bytes.Write(buffer, 0, count);
        }

        return bytes.ToArray();
    }

    private static string Shorten(string error)
    {
        var line = error.Trim().ReplaceLineEndings(" ");
        return line.Length > ErrorLengthMax ? line[..ErrorLengthMax] : line;
    }
}
