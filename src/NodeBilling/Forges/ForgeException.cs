namespace EventLedger.NodeBilling.Forges;

/// <summary>The repository could not be read or written.</summary>
/// <param name="message">What failed, with the setting at fault where one is; never holds the token.</param>
/// <param name="mayPass">Whether trying again, from reading on, may succeed.</param>
public sealed class ForgeException(string message, bool mayPass) : Exception(message)
{
    /// <summary>Whether trying again, from reading on, may succeed; else somebody has to change something.</summary>
    public bool MayPass => mayPass;
}
