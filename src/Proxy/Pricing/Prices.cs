using EventLedger.Contracts.Pricing;
using EventLedger.Proxy.Settings;

namespace EventLedger.Proxy.Pricing;

/// <summary>
/// The prices that hold now: those of the price book, if there is one, and else the one of the settings.
/// </summary>
internal sealed partial class Prices : IDisposable
{
    private static readonly TimeSpan CheckInterval = TimeSpan.FromSeconds(2);

    private readonly ILogger logger;
    private readonly Price otherwise;
    private readonly string? path;
    private readonly ITimer? check;
    private PriceBook book = new(Version: null, []);
    private (DateTime Written, long Length) seen;

    /// <summary>Reads the book, and again whenever it changes.</summary>
    /// <exception cref="SettingException">The book can't be read.</exception>
    public Prices(ProxySettings settings, TimeProvider clock, ILogger<Prices> logger)
    {
        (this.logger, path) = (logger, settings.PriceBookPath);
        otherwise = Price.PerToken(settings.PriceMicroOmrPerToken);

        if (path is null)
        {
            return;
        }

        try
        {
            ReadIfChanged();
        }
        catch (Exception refused) when (refused is PriceBookException or IOException or UnauthorizedAccessException)
        {
            throw new SettingException("PRICE_BOOK", path, $"it can't be used: {refused.Message}");
        }

        check = clock.CreateTimer(_ => Check(), null, CheckInterval, CheckInterval);
    }

    /// <summary>The edition in use; null without a book.</summary>
    public string? Version => Volatile.Read(ref book).Version;

    /// <summary>
    /// The charge, negative, in micro-OMR, and the edition it goes by; false where it is outside 64 bits.
    /// </summary>
    public bool TryPrice(
        string? model, TokenCounts tokens, DateTimeOffset at, out long amountMicroOmr, out string? version)
    {
        var current = Volatile.Read(ref book);
        var price = current.Find(model, at);
        version = price is null ? null : current.Version;

        return Rating.TryRate(tokens, price ?? otherwise, out amountMicroOmr);
    }

    /// <inheritdoc/>
    public void Dispose() => check?.Dispose();

    private void Check()
    {
        try
        {
            ReadIfChanged();
        }
        catch (Exception refused) when (refused is PriceBookException or IOException or UnauthorizedAccessException)
        {
            LogRefused(path!, refused.Message, Version);
        }
    }

    private void ReadIfChanged()
    {
        var file = new FileInfo(path!);
        var now = (file.LastWriteTimeUtc, file.Exists ? file.Length : 0);

        if (now == seen)
        {
            return;
        }

        // Remembered before it is read: a bad file is refused once, not every time it is looked at.
        seen = now;
        Volatile.Write(ref book, PriceBookReader.Read(File.ReadAllBytes(path!)));
        LogRead(path!, Version);
    }

    [LoggerMessage(LogLevel.Information, "Prices are those of {Path}, version {Version}.")]
    private partial void LogRead(string path, string? version);

    [LoggerMessage(LogLevel.Error, "Price book {Path} is refused: {Problem}. Version {Version} stays in use.")]
    private partial void LogRefused(string path, string problem, string? version);
}
