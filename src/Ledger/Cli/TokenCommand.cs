using System.CommandLine;
using EventLedger.Ledger.Http;
using EventLedger.Ledger.Settings;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace EventLedger.Ledger.Cli;

/// <summary><c>ledger token</c>: makes a bearer token that the ledger accepts.</summary>
internal static class TokenCommand
{
    /// <summary>Makes the verb.</summary>
    public static Command Create(LedgerSettings settings)
    {
        var role = new Option<string>("--role")
        {
            Description = "superadmin, sovereign-admin, tenant-admin, auditor or customer.",
            Required = true,
        };
        var subject = new Option<string>("--subject")
        {
            Description = "Who it is for; a customer's id for a customer.",
            Required = true,
        };
        var tenant = new Option<string>("--tenant") { Description = "The tenant of a tenant-admin." };
        var lifetime = new Option<TimeSpan>("--ttl")
        {
            Description = "How long it is good for.",
            DefaultValueFactory = _ => TimeSpan.FromHours(1),
            CustomParser = Duration.Parse,
        };

        var command = new Verb(
            "token",
            "Make a bearer token, signed with JWT_SECRET.",
            ["ledger token --role auditor --subject amina --ttl 30m"])
        {
            role, subject, tenant, lifetime,
        };
        command.SetAction(parsed =>
        {
            parsed.InvocationConfiguration.Output.WriteLine(Make(
                settings, parsed.GetRequiredValue(role), parsed.GetRequiredValue(subject),
                parsed.GetRequiredValue(lifetime), parsed.GetValue(tenant)));
            return ExitCode.Done;
        });
        return command;
    }

    /// <summary>A token for <paramref name="subject"/> in <paramref name="role"/>.</summary>
    public static string Make(
        LedgerSettings settings, string role, string subject, TimeSpan lifetime, string? tenantId = null)
    {
        var claims = new Dictionary<string, object>(StringComparer.Ordinal) { ["sub"] = subject, ["role"] = role };

        if (tenantId is not null)
        {
            claims["tenant_id"] = tenantId;
        }

        var now = TimeProvider.System.GetUtcNow().UtcDateTime;

        return new JsonWebTokenHandler().CreateToken(new SecurityTokenDescriptor
        {
            Issuer = settings.TokenIssuer,
            Audience = settings.TokenAudience,
            Claims = claims,
            IssuedAt = now,
            NotBefore = now,
            Expires = now + lifetime,
            SigningCredentials = new(Authentication.Key(settings.TokenSecret), SecurityAlgorithms.HmacSha256),
        });
    }
}
