#!/bin/sh
# VictoriaMetrics' targets API gave the label job as scrapePool, and gives the job's name since.
#
# Seen on Debian's victoria-metrics 1.112 and 1.145. A rule that overwrites the label job moved the
# target to another "scrapePool" in 1.112; in 1.145 it stays in the pool of its job_name, as in Prometheus.
# Guess before the run: both give job_name.
set -eu
tmp=$(mktemp -d)
trap 'test -z "${server:-}" || kill "$server" 2>/dev/null || :; rm -rf "$tmp"' EXIT

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

# targets PROGRAM PORT: runs $tmp/config.yml, and prints the labels of its targets as JSON.
targets() {
    "$1" -promscrape.config="$tmp/config.yml" -storageDataPath="$tmp/data-$2" \
        -httpListenAddr="127.0.0.1:$2" >"$tmp/log" 2>&1 &
    server=$!
    for _ in $(seq 100); do
        answer=$(curl -sf "http://127.0.0.1:$2/api/v1/targets?state=active" || :)
        case $answer in *'"scrapePool"'*) break ;; esac
        sleep 0.2
    done
    kill "$server"
    wait "$server" 2>/dev/null || :
    server=
    echo "$answer"
}

cat >"$tmp/config.yml" <<'END'
scrape_configs:
- job_name: written
  static_configs: [{targets: ['127.0.0.1:1']}]
  relabel_configs: [{target_label: job, replacement: overwritten}]
END
unpack trixie 1.112.0+ds1-2
unpack forky 1.145.0+ds1-2
old=$(targets "$tmp/trixie/usr/bin/victoria-metrics" 18483 | grep -o '"scrapePool":"[^"]*"')
new=$(targets "$tmp/forky/usr/bin/victoria-metrics" 18484 | grep -o '"scrapePool":"[^"]*"')
echo "1.112: $old, 1.145: $new"
test "$old" = '"scrapePool":"overwritten"'
test "$new" = '"scrapePool":"written"'
