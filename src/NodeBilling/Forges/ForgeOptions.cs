namespace EventLedger.NodeBilling.Forges;

/// <summary>Where the nodes' usage is kept.</summary>
/// <param name="url"><c>http(s)://host</c> of a forge, or <c>file:///path/repo.git</c>.</param>
/// <param name="readToken">
/// Gives what the forge lets us in with, asked for each call; null for a repository on disk.
/// </param>
public sealed class ForgeOptions(Uri url, Func<string>? readToken)
{
    /// <summary>The same with a token that stays.</summary>
    public ForgeOptions(Uri url, string? token)
        : this(url, token is null ? null : () => token)
    {
    }

    /// <summary>The forge, or the repository on disk.</summary>
    public Uri Url => url;

    /// <summary>Who owns the repository: an organisation or a user.</summary>
    public string Owner { get; init; } = "lhumina_code";

    /// <summary>The repository.</summary>
    public string Repository { get; init; } = "hero_onboarding_billing";

    /// <summary>The branch.</summary>
    public string Branch { get; init; } = "main";

    /// <summary>The longest time that one call may take.</summary>
    public TimeSpan CallLimit { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>What the forge lets us in with. Not a property that something might print by itself.</summary>
    internal string? ReadToken() => readToken?.Invoke();

    /// <summary>The same, with what <paramref name="wrap"/> makes of the way to what lets us in.</summary>
    public ForgeOptions WithToken(Func<Func<string>, Func<string>> wrap) =>
        new(url, readToken is null ? null : wrap(readToken))
        {
            Owner = Owner,
            Repository = Repository,
            Branch = Branch,
            CallLimit = CallLimit,
        };

    /// <summary>Makes the repository's client.</summary>
    public IForge Open(TimeProvider time) =>
        url.IsFile ? new GitForge(this, time) : new RestForge(this);
}
