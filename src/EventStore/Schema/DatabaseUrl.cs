using System.Diagnostics.CodeAnalysis;
using Npgsql;

namespace EventLedger.EventStore.Schema;

/// <summary>Makes a data source of what an operator writes in <c>DATABASE_URL</c>.</summary>
public static class DatabaseUrl
{
    /// <summary>What is taken, for people.</summary>
    public const string Expected = "postgres://user:password@host:port/name or an Npgsql connection string";

    private const int CommandTimeoutSeconds = 60;
    private const int KeepAliveSeconds = 30;

    /// <summary>
    /// Takes <c>postgres://user:password@host:port/name?option=value</c> or an Npgsql connection string.
    /// </summary>
    /// <exception cref="FormatException">
    /// It is neither; the message never repeats it, since it may hold a password.
    /// </exception>
    public static NpgsqlDataSource Open(string text, string applicationName) =>
        NpgsqlDataSource.Create(Settings(text, applicationName));

    /// <summary>
    /// The same, but for the password: each new connection logs in with the one that <paramref name="read"/> then says.
    /// </summary>
    /// <exception cref="FormatException">It is neither now.</exception>
    public static NpgsqlDataSource OpenFrom(Func<string> read, string applicationName)
    {
        var settings = Settings(read(), applicationName);
        var last = settings.Password ?? "";
        settings.Password = null;
        return new NpgsqlDataSourceBuilder(settings.ConnectionString)
            .UsePasswordProvider(_ => Password(), (_, _) => ValueTask.FromResult(Password()))
            .Build();

        // While it can't be read, the last password may still be good; a wrong one is the database's to refuse.
        [SuppressMessage("Design", "CA1031", Justification = "Whatever is wrong with the file, the last one goes on.")]
        string Password()
        {
            try
            {
                // A file that is being written is empty for a moment.
                return last = Parse(read()).Password is { Length: > 0 } now ? now : last;
            }
            catch (Exception)
            {
                return last;
            }
        }
    }

    private static NpgsqlConnectionStringBuilder Settings(string text, string applicationName)
    {
        var settings = Parse(text);
        settings.ApplicationName ??= applicationName;
        // Statements that Npgsql 10.0.0 prepared by itself make it lose its place in the protocol when the pool hands
        // a connection on under load.
        settings.MaxAutoPrepare = 0;
        settings.CommandTimeout = CommandTimeoutSeconds;
        settings.KeepAlive = KeepAliveSeconds;
        settings.Enlist = false;
        return settings;
    }

    /// <summary>The connection settings that <paramref name="text"/> says.</summary>
    /// <exception cref="FormatException">It is neither of the two forms.</exception>
    public static NpgsqlConnectionStringBuilder Parse(string text)
    {
        try
        {
            return text.StartsWith("postgres://", StringComparison.Ordinal)
                || text.StartsWith("postgresql://", StringComparison.Ordinal)
                ? FromUrl(new Uri(text))
                : new NpgsqlConnectionStringBuilder(text);
        }
        catch (Exception wrong) when (wrong is UriFormatException or ArgumentException or FormatException)
        {
            throw new FormatException($"expected {Expected}", wrong);
        }
    }

    private static NpgsqlConnectionStringBuilder FromUrl(Uri url)
    {
        if (url.Host.Length == 0)
        {
            throw new FormatException("no host");
        }

        var user = url.UserInfo.Split(':', 2);
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = Uri.UnescapeDataString(url.Host),
            Port = url.Port < 0 ? NpgsqlConnection.DefaultPort : url.Port,
            Database = Uri.UnescapeDataString(url.AbsolutePath.TrimStart('/')),
            Username = Uri.UnescapeDataString(user[0]),
            Password = user.Length > 1 ? Uri.UnescapeDataString(user[1]) : null,
        };

        foreach (var option in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var pair = option.Split('=', 2);
            // PostgreSQL's own spelling, as other programs take it in such a URL.
            var name = pair[0] is "sslmode" ? "SSL Mode" : Uri.UnescapeDataString(pair[0]);
            var value = Uri.UnescapeDataString(pair.Length > 1 ? pair[1] : "");
            settings[name] = name is "SSL Mode" ? value.Replace("-", "", StringComparison.Ordinal) : value;
        }

        return settings;
    }
}
