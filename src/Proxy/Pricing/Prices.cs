using EventLedger.Proxy.Settings;
using EventLedger.Proxy.Usage;

namespace EventLedger.Proxy.Pricing;

/// <summary>What tokens cost.</summary>
internal sealed class Prices(ProxySettings settings)
{
    /// <summary>The charge, negative, in micro-OMR; false where it is outside 64 bits.</summary>
    public bool TryPrice(TokenCounts tokens, out long amountMicroOmr)
    {
        try
        {
            amountMicroOmr = -(tokens.Total * settings.PriceMicroOmrPerToken);
            return true;
        }
        catch (OverflowException)
        {
            amountMicroOmr = 0;
            return false;
        }
    }
}
