#!/bin/sh
# As root: installs the Debian packages that are named. Debian would start them as services and make a PostgreSQL
# cluster of its own; here neither happens, and no setting of the machine is left changed.
set -eu

policy=/usr/sbin/policy-rc.d
clusters=/etc/postgresql-common/createcluster.conf
kept=$clusters.kept-by-eventledger
made_policy=

restore() {
    [ -z "$made_policy" ] || rm -f "$policy"
    [ ! -e "$kept" ] || mv -f "$kept" "$clusters"
}

install_packages() {
    DEBIAN_FRONTEND=noninteractive apt-get install --yes --quiet --no-install-recommends "$@"
}

trap restore EXIT
trap 'exit 130' HUP INT TERM

if [ ! -e "$policy" ]; then
    made_policy=yes
    printf '#!/bin/sh\nexit 101\n' > "$policy"
    chmod 755 "$policy"
fi

apt-get update --quiet

for package in "$@"; do
    if [ "$package" = postgresql ]; then
        # Brings the file that says whether the server's package makes a cluster.
        install_packages postgresql-common
        cp -p "$clusters" "$kept"
        echo 'create_main_cluster = false' >> "$clusters"
    fi
done

install_packages "$@"

# Not at the next start of the machine either.
if command -v systemctl > /dev/null; then
    systemctl disable --quiet "$@" 2> /dev/null || true
fi
