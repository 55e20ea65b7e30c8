using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.IdentityModel.Tokens;

namespace EventLedger.Ledger.Tests;

/// <summary>Tokens that must not be let in, each made from a valid one by a change of its own.</summary>
internal static class Tokens
{
    private const string Secret = "a secret of the tests, long enough";

    public static IEnumerable<string?> Invalid(string valid)
    {
        yield return null;
        yield return "";
        yield return "nonsense";
        yield return valid[..^4] + "AAAA";
        yield return Resigned(valid, "another secret than the ledger has");
        yield return Changed(valid, header => header["alg"] = "none", _ => { }, signed: false);
        yield return Changed(valid, header => header["alg"] = "HS512", _ => { });
        yield return Changed(valid, _ => { }, claims => claims.Remove("role"));
        yield return Changed(valid, _ => { }, claims => claims.Remove("sub"));
        yield return Changed(valid, _ => { }, claims => claims.Remove("exp"));
        yield return Changed(valid, _ => { }, claims => claims["exp"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds() - 60);
        yield return Changed(valid, _ => { }, claims => claims["nbf"] = DateTimeOffset.UtcNow.ToUnixTimeSeconds() + 60);
    }

    private static string Resigned(string token, string secret)
    {
        var signed = token[..token.LastIndexOf('.')];
        return $"{signed}.{Signature(signed, secret)}";
    }

    private static string Changed(
        string token, Action<JsonObject> changeHeader, Action<JsonObject> changeClaims, bool signed = true)
    {
        var parts = token.Split('.');
        var unsigned = $"{Change(parts[0], changeHeader)}.{Change(parts[1], changeClaims)}";
        return $"{unsigned}.{(signed ? Signature(unsigned, Secret) : "")}";
    }

    private static string Change(string part, Action<JsonObject> change)
    {
        var json = JsonSerializer.Deserialize<JsonObject>(Base64UrlEncoder.Decode(part))!;
        change(json);
        return Base64UrlEncoder.Encode(json.ToJsonString());
    }

    private static string Signature(string signed, string secret) => Base64UrlEncoder.Encode(
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(signed)));
}
