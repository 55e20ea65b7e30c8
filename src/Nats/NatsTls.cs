using System.Security.Cryptography.X509Certificates;

namespace EventLedger.Nats;

/// <summary>What TLS trusts and shows.</summary>
public sealed record NatsTls
{
    /// <summary>Refuse a server that doesn't offer TLS.</summary>
    public bool Required { get; init; } = true;

    /// <summary>The authorities to trust instead of the system's; null for the system's.</summary>
    public X509Certificate2Collection? Authorities { get; init; }

    /// <summary>The certificate, with its private key, to show to a server that asks for one.</summary>
    public X509Certificate2? ClientCertificate { get; init; }
}
