# Sourced by ./run and ./test with $root set: what a machine needs before the project can be built and run.

say() { printf '%s\n' "$*" >&2; }

die() {
    say "${0##*/}: $*"
    exit 1
}

# No process may outlive a build.
export MSBUILDDISABLENODEREUSE=1 DOTNET_CLI_USE_MSBUILD_SERVER=0 UseSharedCompilation=false
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1

# The .NET tools keep packages and settings at home; where that can't be written, they get a folder for themselves.
setup_home() {
    if [ -n "${HOME:-}" ] && [ -d "$HOME" ] && [ -w "$HOME" ]; then
        return
    fi

    HOME=${TMPDIR:-/tmp}/eventledger-home-$(id -u)
    mkdir -p -m 700 "$HOME"
    [ -O "$HOME" ] || die "$HOME belongs to another user: set HOME to a folder that you can write."
    export HOME DOTNET_CLI_HOME="$HOME"
    say "The home folder can't be written: packages are kept in $HOME."
}

setup_dotnet() {
    command -v dotnet > /dev/null || die ".NET SDK 10 is missing: https://dotnet.microsoft.com/download/dotnet/10.0"
    (cd "$root" && dotnet --version > /dev/null) || die "The .NET SDK that global.json asks for is missing."
}

has_postgres() { [ -n "$(ls /usr/lib/postgresql/*/bin/postgres 2> /dev/null)" ] || command -v postgres > /dev/null; }

has_nats() { PATH=$PATH:/usr/local/bin:/usr/local/sbin:/usr/sbin command -v nats-server > /dev/null; }

setup_servers() {
    missing=
    has_postgres || missing="$missing postgresql"
    has_nats || missing="$missing nats-server"
    [ -n "$missing" ] || return 0

    if command -v apt-get > /dev/null && [ "$(id -u)" = 0 ]; then
        install=
    elif command -v apt-get > /dev/null && sudo -n true 2> /dev/null; then
        install='sudo -n'
    else
        die "Please install what is missing, as root: apt-get install$missing"
    fi

    say "Installing$missing …"
    # shellcheck disable=SC2086 # Both are lists of words.
    $install "$root/ops/install-servers.sh" $missing >&2 || die "Could not install$missing."
}
