using System.Net;
using System.Net.Sockets;
using System.Text;
using EventLedger.Embedded.Postgres;
using EventLedger.Embedded.Processes;
using EventLedger.Testing;
using Npgsql;

namespace EventLedger.Embedded.Tests;

public class RepairingPostgres
{
    [Fact]
    public async Task A_cluster_that_was_left_half_made_is_made_anew()
    {
        var folder = TestFolder.Make("postgres");
        Directory.CreateDirectory($"{folder}/data.unfinished/base");
        File.WriteAllText($"{folder}/data.unfinished/PG_VERSION", "15");

        await using var postgres = await StartAsync(folder);

        Directory.Exists($"{folder}/data.unfinished").ShouldBeFalse();
        (await AskAsync(postgres, "select 'it answers'")).ShouldBe("it answers");
    }

    [Fact]
    public async Task A_data_folder_with_something_else_in_it_is_left_alone()
    {
        var folder = TestFolder.Make("postgres");
        Directory.CreateDirectory($"{folder}/data");
        File.WriteAllText($"{folder}/data/letters.txt", "dear");

        var failure = await Should.ThrowAsync<EmbeddedException>(() => StartAsync(folder));

        failure.Message.ShouldContain($"{folder}/data holds something");
        File.ReadAllText($"{folder}/data/letters.txt").ShouldBe("dear");
    }

    [Fact]
    public async Task A_pid_file_whose_number_another_process_has_by_now_does_not_stand_in_the_way()
    {
        var folder = TestFolder.Make("postgres");
        var port = FreePort.Next();
        await using var stranger = await StartChildAsync("sleep", "600");

        await using (var first = await StartAsync(folder, port))
        {
            first.Process!.Send(Signal.Kill);
            await first.Process.Exited;
        }

        var pidFile = $"{folder}/data/postmaster.pid";
        File.WriteAllLines(pidFile, [$"{stranger.Id}", .. File.ReadAllLines(pidFile)[1..]]);

        await using var second = await StartAsync(folder, port);

        (await AskAsync(second, "select 'it answers'")).ShouldBe("it answers");
        stranger.Exited.IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task It_starts_again_while_a_connection_of_the_killed_server_lingers()
    {
        await using var postgres = await TestPostgres.StartClusterAsync();
        await using var busy = new NpgsqlConnection(postgres.ConnectionString("postgres") + ";Pooling=false");
        await busy.OpenAsync();

        // Counts on without looking whether its server lives.
        await using var count = new NpgsqlCommand("select count(*) from generate_series(1, 30000000)", busy);
        var counted = count.ExecuteScalarAsync();
        postgres.Process!.Send(Signal.Kill);
        await postgres.Process.Exited;

        await postgres.LaunchAsync(CancellationToken.None);

        (await AskAsync(postgres, "select 'it answers'")).ShouldBe("it answers");
        await counted.ContinueWith(_ => { }, TaskScheduler.Default);
    }

    [Fact]
    public async Task A_server_that_outlived_its_parent_is_stopped_first()
    {
        var folder = TestFolder.Make("postgres");
        var port = FreePort.Next();
        await (await StartAsync(folder, port)).DisposeAsync();
        await using var leftover = await StartChildAsync(
            $"{Programs.PostgresFolder()}/postgres",
            "-D", $"{folder}/data", "-c", $"config_file={folder}/postgresql.conf");
        await Eventually.HoldsAsync(() => File.Exists($"{folder}/data/postmaster.pid"));

        await using var postgres = await StartAsync(folder, port);

        (await leftover.Exited).ShouldBe(0);
        (await AskAsync(postgres, "select 'it answers'")).ShouldBe("it answers");
    }

    [Fact]
    public async Task A_taken_port_is_named_with_the_setting_that_changes_it()
    {
        var port = FreePort.Next();
        using var other = new TcpListener(IPAddress.Loopback, port);
        other.Start();

        var failure = await Should.ThrowAsync<EmbeddedException>(
            () => Ports.EnsureFreeAsync(port, "POSTGRES_PORT", CancellationToken.None, TimeSpan.Zero));

        failure.Message.ShouldBe($"Port {port} is taken: stop what listens there, or set POSTGRES_PORT.");
    }

    [Fact]
    public async Task A_port_that_is_let_go_in_time_is_waited_for()
    {
        var port = FreePort.Next();
        using var other = new TcpListener(IPAddress.Loopback, port);
        other.Start();

        var free = Ports.EnsureFreeAsync(port, "POSTGRES_PORT", CancellationToken.None, TimeSpan.FromMinutes(1));
        free.IsCompleted.ShouldBeFalse();
        other.Stop();

        await free;
    }

    [Fact]
    public async Task A_folder_belongs_to_one_process_at_a_time()
    {
        var folder = TestFolder.Make("locked");
        using var held = await FolderLock.TakeAsync(folder, CancellationToken.None);

        var failure = await Should.ThrowAsync<EmbeddedException>(
            () => FolderLock.TakeAsync(folder, CancellationToken.None, TimeSpan.Zero));

        failure.Message.ShouldContain(folder);
    }

    [Fact]
    public async Task A_socket_path_that_is_too_long_gives_way_to_a_short_one()
    {
        var folder = Path.Combine(TestFolder.Make("postgres"), new string('x', 100));

        await using var postgres = await StartAsync(folder);

        var socketFolder = (await AskAsync(postgres, "show unix_socket_directories"))!;
        Encoding.UTF8.GetByteCount(socketFolder).ShouldBeLessThan(PostgresPlace.SocketPathBytesMax);
        Directory.Delete(socketFolder, recursive: true);
    }

    [Fact]
    public async Task A_server_that_never_starts_is_given_up_with_what_it_says()
    {
        var folder = TestFolder.Make("postgres");
        await (await StartAsync(folder)).DisposeAsync();
        File.WriteAllText($"{folder}/data/postgresql.auto.conf", "no_such_setting = 1");

        var failure = await Should.ThrowAsync<EmbeddedException>(() => StartAsync(folder));

        failure.Message.ShouldContain("no_such_setting");
        Directory.GetFiles(folder, "postgres.log*").Length.ShouldBe(ChildLog.FilesMax);
    }

    [Fact]
    public async Task Where_the_other_user_cannot_get_its_data_lies_elsewhere()
    {
        // Only root runs PostgreSQL as another user.
        if (!Environment.IsPrivilegedProcess)
        {
            return;
        }

        var hidden = TestFolder.Make("hidden");
        File.SetUnixFileMode(hidden, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);

        await using var postgres = await StartAsync($"{hidden}/postgres");

        postgres.Folder.ShouldStartWith("/var/tmp/eventledger-");
        (await AskAsync(postgres, "select 'it answers'")).ShouldBe("it answers");
        await postgres.DisposeAsync();
        Directory.Delete(postgres.Folder, recursive: true);
    }

    [Fact]
    public async Task Root_runs_a_cluster_as_the_user_who_made_it()
    {
        if (!Environment.IsPrivilegedProcess)
        {
            return;
        }

        var folder = TestFolder.Make("postgres");
        await (await StartAsync(folder)).DisposeAsync();
        await OneShot.MustRunAsync(new("chown", "chown", "--recursive", "nobody", folder), CancellationToken.None);

        await using var postgres = await StartAsync(folder);

        var status = File.ReadAllLines($"/proc/{postgres.Process!.Id}/status");
        status.Single(line => line.StartsWith("Uid:")).ShouldContain("65534");
    }

    [Fact]
    public void A_folder_of_another_user_is_named()
    {
        if (Environment.IsPrivilegedProcess)
        {
            return;
        }

        Should.Throw<EmbeddedException>(() => PostgresPlace.MakeFolder("/", owner: null))
            .Message.ShouldStartWith("/ belongs to another user");
    }

    private static Task<PrivatePostgres> StartAsync(string folder, int? port = null) => PrivatePostgres.StartAsync(
        new() { Folder = folder, Port = port ?? FreePort.Next(), Size = PostgresSize.Small }, CancellationToken.None);

    private static Task<ChildProcess> StartChildAsync(string program, params string[] arguments) =>
        ChildProcess.StartAsync(
            new("child", program, arguments) { RunAs = User.ForPostgres(), WorkingFolder = "/" },
            Path.Combine(TestFolder.Make("child"), "log"));

    private static async Task<string?> AskAsync(PrivatePostgres postgres, string sql)
    {
        await using var connection = new NpgsqlConnection(postgres.ConnectionString("postgres") + ";Pooling=false");
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        return (string?)await command.ExecuteScalarAsync();
    }
}
