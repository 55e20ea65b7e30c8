using System.Buffers;
using System.Text.Json;

namespace EventLedger.Nats;

/// <summary>Composes the frame that logs in.</summary>
internal static class Login
{
    private static readonly string Version = typeof(Login).Assembly.GetName().Version?.ToString(3) ?? "0";

    public static ReadOnlyMemory<byte> Compose(ServerAddress server, string name, bool isTls)
    {
        var frame = new ArrayBufferWriter<byte>();
        frame.Write("CONNECT "u8);

        using (var json = new Utf8JsonWriter(frame))
        {
            json.WriteStartObject();
            json.WriteBoolean("verbose", false);
            json.WriteBoolean("pedantic", false);
            json.WriteBoolean("tls_required", isTls);
            json.WriteString("name", name);
            json.WriteString("lang", "dotnet-eventledger");
            json.WriteString("version", Version);
            json.WriteNumber("protocol", 1);
            json.WriteBoolean("headers", true);
            json.WriteBoolean("no_responders", true);
            json.WriteBoolean("echo", true);
            WriteCredentials(json, server);
            json.WriteEndObject();
        }

        frame.Write("\r\nPING\r\n"u8);
        return frame.WrittenMemory;
    }

    private static void WriteCredentials(Utf8JsonWriter json, ServerAddress server)
    {
        if (server.Token is { } token)
        {
            json.WriteString("auth_token", token);
        }
        else if (server.User is { } user)
        {
            json.WriteString("user", user);
            json.WriteString("pass", server.Password);
        }
    }
}
