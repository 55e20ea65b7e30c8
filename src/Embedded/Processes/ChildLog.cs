using System.Text;

namespace EventLedger.Embedded.Processes;

/// <summary>
/// What a child prints, in a file that is turned over at every start and at <see cref="BytesMax"/>:
/// NAME.log, NAME.log.1, … up to <see cref="FilesMax"/> files.
/// </summary>
internal sealed class ChildLog : IDisposable
{
    /// <summary>The size at which a file is turned over.</summary>
    public const long BytesMax = 16 * 1024 * 1024;

    /// <summary>How many files there are of one child, the current one included.</summary>
    public const int FilesMax = 4;

    private const int TailBytesMax = 2048;

    private readonly Lock gate = new();
    private readonly string path;
    private readonly long bytesMax;
    private FileStream file;

    public ChildLog(string path, long bytesMax = BytesMax)
    {
        this.path = path;
        this.bytesMax = bytesMax;
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        file = OpenNext();
    }

    public void Write(ReadOnlySpan<byte> output)
    {
        lock (gate)
        {
            if (file.Length + output.Length > bytesMax)
            {
                file.Dispose();
                file = OpenNext();
            }

            file.Write(output);
        }
    }

    /// <summary>The end of what was printed, for a message about why the child ended.</summary>
    public string Tail()
    {
        lock (gate)
        {
            file.Position = Math.Max(0, file.Length - TailBytesMax);
            var tail = new byte[file.Length - file.Position];
            file.ReadExactly(tail);
            return Encoding.UTF8.GetString(tail).Trim();
        }
    }

    public void Dispose() => file.Dispose();

    private FileStream OpenNext()
    {
        for (var age = FilesMax - 1; age > 0; age--)
        {
            if (File.Exists(Aged(age - 1)))
            {
                File.Move(Aged(age - 1), Aged(age), overwrite: true);
            }
        }

        // Unbuffered: what a child said last must be there when we are killed.
        return new(path, FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite, bufferSize: 0);
    }

    private string Aged(int age) => age == 0 ? path : $"{path}.{age}";
}
