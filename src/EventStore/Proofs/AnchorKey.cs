using System.Security.Cryptography;
using System.Text;
using EventLedger.EventStore.Blocks;

namespace EventLedger.EventStore.Proofs;

/// <summary>An ECDSA key on the curve P-256: the private one signs anchors, the public one checks them.</summary>
public sealed class AnchorKey : IDisposable
{
    private const string P256 = "1.2.840.10045.3.1.7";

    private readonly ECDsa key;
    private readonly byte[] name;

    private AnchorKey(ECDsa key)
    {
        this.key = key;
        name = SHA256.HashData(key.ExportSubjectPublicKeyInfo());
    }

    /// <summary>Reads a key as <c>openssl</c> writes it.</summary>
    /// <exception cref="ProofException">It is no such key.</exception>
    public static AnchorKey Read(string pem)
    {
        var read = ECDsa.Create();

        try
        {
            read.ImportFromPem(pem);

            return read.ExportParameters(includePrivateParameters: false).Curve.Oid.Value == P256
                ? new AnchorKey(read)
                : throw new CryptographicException("It is on another curve.");
        }
        catch (Exception wrong) when (wrong is ArgumentException or CryptographicException)
        {
            read.Dispose();
            throw new ProofException("It isn't a PEM file with an ECDSA key on the curve P-256.", wrong);
        }
    }

    /// <summary>Reads a key that can sign.</summary>
    /// <exception cref="ProofException">It is no such key, or a public one.</exception>
    public static AnchorKey ReadPrivate(string pem)
    {
        var read = Read(pem);

        try
        {
            read.key.ExportParameters(includePrivateParameters: true);
            return read;
        }
        catch (CryptographicException cannot)
        {
            read.Dispose();
            throw new ProofException("It is a public key, which can't sign.", cannot);
        }
    }

    /// <summary>Signs what a block is known by.</summary>
    /// <exception cref="ProofException">The key is a public one.</exception>
    public Anchor Sign(Block block)
    {
        var anchor = new Anchor(block.Number, block.LastPosition, block.TimeUs, block.Hash, name, []);

        try
        {
            return anchor with
            {
                Signature = key.SignData(
                    Content(anchor), HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence),
            };
        }
        catch (CryptographicException cannot)
        {
            throw new ProofException("The key can't sign: it is a public one.", cannot);
        }
    }

    /// <summary>Refuses an anchor that this key didn't sign.</summary>
    /// <exception cref="ProofException">It didn't.</exception>
    public void Check(Anchor anchor)
    {
        if (!anchor.Key.AsSpan().SequenceEqual(name))
        {
            throw new ProofException($"The anchor of block {anchor.Block} was signed with another key.");
        }

        if (!key.VerifyData(
            Content(anchor), anchor.Signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence))
        {
            throw new ProofException($"The signature of the anchor of block {anchor.Block} is wrong.");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => key.Dispose();

    private static byte[] Content(Anchor anchor) => Encoding.UTF8.GetBytes(AnchorText.WriteUnsigned(anchor));
}
