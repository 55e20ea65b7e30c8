using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace EventLedger.Nats.Tests;

/// <summary>An authority of our own, and certificates from it, in a folder that the server reads.</summary>
internal sealed class Certificates : IDisposable
{
    private static readonly DateTimeOffset From = DateTimeOffset.UtcNow.AddDays(-1);
    private static readonly DateTimeOffset To = DateTimeOffset.UtcNow.AddDays(1);

    private readonly string folder = Directory.CreateTempSubdirectory("nats-certificates-").FullName;
    private readonly X509Certificate2 authority;

    public Certificates()
    {
        using var key = RSA.Create(2048);
        var request = Request("CN=tests", key);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        authority = request.CreateSelfSigned(From, To);
        File.WriteAllText(Path.Combine(folder, "ca.pem"), authority.ExportCertificatePem());
        Write("server", IssueForHost("localhost", IPAddress.Loopback));
    }

    public X509Certificate2Collection Authorities => [authority];

    /// <summary>The server's part of the configuration.</summary>
    public string Configuration(bool verifyClients = false) => $$"""
        tls {
          cert_file: "{{folder}}/server.pem"
          key_file: "{{folder}}/server.key"
          ca_file: "{{folder}}/ca.pem"
          verify: {{(verifyClients ? "true" : "false")}}
        }
        """;

    /// <summary>Has the server show a certificate for another host.</summary>
    public void UseForHost(string host) => Write("server", IssueForHost(host, address: null));

    public X509Certificate2 IssueForHost(string host, IPAddress? address)
    {
        using var key = RSA.Create(2048);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(host);

        if (address is not null)
        {
            names.AddIpAddress(address);
        }

        var request = Request($"CN={host}", key);
        request.CertificateExtensions.Add(names.Build());
        using var issued = request.Create(authority, From, To, RandomNumberGenerator.GetBytes(8));
        return issued.CopyWithPrivateKey(key);
    }

    public void Dispose()
    {
        authority.Dispose();
        Directory.Delete(folder, recursive: true);
    }

    private void Write(string name, X509Certificate2 certificate)
    {
        File.WriteAllText(Path.Combine(folder, $"{name}.pem"), certificate.ExportCertificatePem());

        using var key = certificate.GetRSAPrivateKey()!;
        File.WriteAllText(Path.Combine(folder, $"{name}.key"), key.ExportPkcs8PrivateKeyPem());
    }

    private static CertificateRequest Request(string subject, RSA key) =>
        new(subject, key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
}
