using System.Security.Cryptography;
using EventLedger.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EventLedger.Ledger.Tests;

/// <summary>An OIDC authority over a real socket, as far as its keys.</summary>
internal sealed class FakeAuthority : IAsyncDisposable
{
    private readonly WebApplication application;
    private readonly List<RsaSecurityKey> keys = [];
    private int keysAskedFor;

    private FakeAuthority(int port)
    {
        Url = $"http://127.0.0.1:{port}/realm";
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        application = builder.Build();
        application.MapGet("/realm/.well-known/openid-configuration", () =>
            WhenAsked?.Invoke() ?? Results.Json(new { issuer = Url, jwks_uri = $"{Url}/keys" }));
        application.MapGet("/realm/keys", () =>
        {
            Interlocked.Increment(ref keysAskedFor);
            return Results.Json(new { keys = keys.Select(Public) });
        });
        Rotate();
    }

    public string Url { get; }

    public int KeysAskedFor => keysAskedFor;

    /// <summary>Answers instead of it.</summary>
    public Func<IResult>? WhenAsked { get; set; }

    public RsaSecurityKey Key => keys[^1];

    public static async Task<FakeAuthority> StartAsync(int? port = null)
    {
        var authority = new FakeAuthority(port ?? FreePort.Next());
        await authority.application.StartAsync();
        return authority;
    }

    /// <summary>Signs with a new key from now on; the one before stays good.</summary>
    public void Rotate() => keys.Add(new(RSA.Create(2048)) { KeyId = $"key-{keys.Count}" });

    /// <summary>Knows no keys but a new one from now on.</summary>
    public void TakeBack()
    {
        keys.Clear();
        keys.Add(new(RSA.Create(2048)) { KeyId = "new" });
    }

    /// <summary>A token for an operator.</summary>
    public string Token(Action<SecurityTokenDescriptor>? change = null)
    {
        var now = DateTime.UtcNow;
        var token = new SecurityTokenDescriptor
        {
            Issuer = Url,
            Audience = "ledger",
            Claims = new Dictionary<string, object> { ["sub"] = "op", ["role"] = "superadmin" },
            NotBefore = now.AddMinutes(-1),
            Expires = now.AddMinutes(5),
            SigningCredentials = new(Key, SecurityAlgorithms.RsaSha256),
        };
        change?.Invoke(token);
        return new JsonWebTokenHandler { SetDefaultTimesOnTokenCreation = false }.CreateToken(token);
    }

    public async ValueTask DisposeAsync()
    {
        await application.DisposeAsync();
        keys.ForEach(key => key.Rsa.Dispose());
    }

    private static object Public(RsaSecurityKey key)
    {
        var parameters = key.Rsa.ExportParameters(includePrivateParameters: false);

        return new
        {
            kty = "RSA",
            use = "sig",
            kid = key.KeyId,
            n = Base64UrlEncoder.Encode(parameters.Modulus),
            e = Base64UrlEncoder.Encode(parameters.Exponent),
        };
    }
}
