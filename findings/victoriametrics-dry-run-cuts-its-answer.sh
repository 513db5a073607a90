#!/bin/sh
# VictoriaMetrics' -dryRun names 76 of 200 unknown fields, and does not say that there are more.
#
# Seen on Debian's victoria-metrics 1.145. With 200 fields that it does not know, the answer ends
# within the list: log lines are cut at 5,000 characters; -loggerMaxArgLen=100000 shows all of them.
# Guess before the run: all 200 are listed, as its YAML library collects every error.
set -eu
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# unpack SUITE VERSION: the pinned package, through an apt configuration of its own.
unpack() {
    mkdir -p "$tmp/$1/lists/partial" "$tmp/$1/cache/archives/partial" "$tmp/$1/state"
    touch "$tmp/$1/status"
    mirror=$(grep -rhoE 'https?://[^ ]+/debian/?( |$)' /etc/apt/sources.list* | head -n 1)
    key=$(find /usr/share/keyrings -name 'debian-archive-keyring.*' | head -n 1)
    echo "deb [signed-by=$key] $mirror $1 main" >"$tmp/$1/sources.list"
    options="-qq -o Dir::Etc::sourcelist=$tmp/$1/sources.list -o Dir::Etc::sourceparts=/dev/null
        -o Dir::State=$tmp/$1/state -o Dir::State::lists=$tmp/$1/lists
        -o Dir::State::status=$tmp/$1/status
        -o Dir::Cache=$tmp/$1/cache -o Acquire::Languages=none -o APT::Sandbox::User=root"
    # shellcheck disable=SC2086 # the options are words
    apt-get $options update
    # shellcheck disable=SC2086
    (cd "$tmp/$1" && apt-get $options download "victoria-metrics=$2")
    dpkg-deb -x "$tmp/$1"/victoria-metrics_*.deb "$tmp/$1"
}

{ for number in $(seq 200); do echo "field_$number: 1"; done; } >"$tmp/config.yml"
unpack forky 1.145.0+ds1-2
program=$tmp/forky/usr/bin/victoria-metrics
shown() {
    "$program" -dryRun -promscrape.config="$tmp/config.yml" "$@" 2>&1 |
        grep -c "not found in type" || :
}
cut=$(shown)
all=$(shown -loggerMaxArgLen=100000)
echo "lines about unknown fields: $cut, with a longer limit $all"
test "$cut" -lt 100
test "$all" -eq 200
