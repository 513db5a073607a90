#!/bin/sh
# In VictoriaMetrics, `$2` without a second group is text in action graphite, and empty elsewhere.
#
# Seen on Debian's victoria-metrics 1.145. With one `*` in `match`, `x-$2` in the labels of
# action graphite gives the value "x-$2"; the same reference in action replace gives "x-".
# Guess before the run: both are empty, as an unknown group is in Go's templates.
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
- job_name: groups
  static_configs: [{targets: ['127.0.0.1:1'], labels: {__name__: a.b, plain: a.b}}]
  relabel_configs:
  - {action: graphite, match: 'a.*', labels: {graphite: 'x-$2'}}
  - {source_labels: [plain], regex: 'a[.](.*)', target_label: replace, replacement: 'x-$2'}
END
unpack forky 1.145.0+ds1-2
answer=$(targets "$tmp/forky/usr/bin/victoria-metrics" 18482)
seen=$(echo "$answer" | sed 's/.*"labels"://' | grep -oE '"(graphite|replace)":"[^"]*"' | sort | tr '\n' ' ')
echo "labels: $seen"
# shellcheck disable=SC2016 # a dollar sign is meant
test "$seen" = '"graphite":"x-$2" "replace":"x-" '
