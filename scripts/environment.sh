# shellcheck shell=sh
# The environment that scripts/sync and scripts/test share: a venv in .venv with what the lock
# files say, and this package, editable. Sourced; expects $script (its caller's own path).
#
# `environment runtime` or `environment dev` makes it ready. When it is, that costs a few
# milliseconds: one checksum, compared with the one that the last set-up left behind.

: "${script:?}"
name=${script##*/}
root=$(CDPATH='' cd -- "$(dirname -- "$(readlink -f -- "$script")")/.." && pwd -P)
venv=$root/.venv

# Only the lock files decide what is imported. An empty HOME is no folder: Python would take
# it for the root of the disk.
unset PYTHONHOME PYTHONPATH
[ -n "${HOME:-}" ] || unset HOME

say() { printf 'scripts/%s: %s\n' "$name" "$*" >&2; }

# die CODE LINE...
die() {
    code=$1
    shift
    for line; do say "$line"; done
    exit "$code"
}

# What an installation is made of. Of pyproject.toml only what it is built from: settings
# and tools may change there every day, and a recovery must not wait for a network then.
checksum() {
    {
        cat "$root/requirements.lock"
        [ "$1" = runtime ] || cat "$root/requirements-dev.lock"
        awk '/^\[/ { keep = /^\[(build-system|project|tool\.setuptools)/ } keep' \
            "$root/pyproject.toml"
    } | cksum
}

# The folder and the interpreter that a venv is bound to: it outlives neither.
identity() { printf '%s %s' "$(readlink -f "$venv/bin/python")" "$venv"; }

# stamped NAME VALUE: whether the last complete set-up left this value.
stamped() {
    found=
    [ ! -r "$venv/.fieldkeep-$1" ] || IFS= read -r found <"$venv/.fieldkeep-$1" || :
    [ "$found" = "$2" ]
}

# Moved into place, so that a reader sees the old value or the new one.
stamp() {
    printf '%s\n' "$2" >"$venv/.fieldkeep-new"
    mv "$venv/.fieldkeep-new" "$venv/.fieldkeep-$1"
}

whole() { [ -x "$venv/bin/python" ] && [ ! -e "$venv/.fieldkeep-busy" ] && stamped venv "$(identity)"; }

environment() {
    wanted=$(checksum "$1")
    if ! whole || ! stamped "$1" "$wanted"; then
        set_up "$1" "$wanted"
    fi
}

set_up() {
    find_python
    if ! mkdir -p "$venv" 2>/dev/null || [ ! -w "$venv" ]; then
        die 64 "cannot write $venv: run this as the owner of the checkout, or in a copy of your own"
    fi
    # Two starts at once: the second waits, then finds everything done. The lock is held by
    # the open file, so it goes when this script does, however that ends. Python takes it,
    # because not every machine has flock(1).
    exec 9>"$venv/.fieldkeep-lock"
    if ! take_lock 'LOCK_EX | fcntl.LOCK_NB'; then
        say "another start is setting up the environment: waiting for it"
        take_lock LOCK_EX
    fi
    whole || make_venv "$1"
    if ! stamped "$1" "$2"; then
        if [ "$1" = dev ]; then length='about a minute'; else length='about 20 s'; fi
        say "installing what $(lock_of "$1") names (once, $length; this needs the network)"
        : >"$venv/.fieldkeep-busy"
        # Added to what scripts/sync made: fieldkeep can be used meanwhile. Tests use its pip.
        if [ "$1" = dev ] && [ ! -x "$venv/bin/pip" ]; then
            "$venv/bin/python" -I -m ensurepip --default-pip >/dev/null
        fi
        pip "$(lock_of "$1")" --only-binary :all: --require-hashes -r "$root/$(lock_of "$1")"
        stamped runtime "$(checksum runtime)" ||
            pip "this package" --no-deps --no-build-isolation --editable "$root"
        stamp "$1" "$2"
        # The dev lock holds all that the other one does.
        [ "$1" = runtime ] || stamp runtime "$(checksum runtime)"
        rm -f "$venv/.fieldkeep-busy"
    fi
    exec 9>&-
}

take_lock() { "$python" -I -c "import fcntl; fcntl.flock(9, fcntl.$1)" 2>/dev/null; }

lock_of() { if [ "$1" = dev ]; then echo requirements-dev.lock; else echo requirements.lock; fi; }

# A name on PATH says little (a version manager puts names there that only fail): run each.
# Those that the lock files were resolved for come first.
find_python() {
    python='' bare=''
    for newest in '(3, 15)' '(4,)'; do
        for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
            status=0
            "$candidate" -I -c "
import sys
if not (3, 11) <= sys.version_info[:2] < $newest:
    sys.exit(1)
try:
    import ensurepip, fcntl, ssl, venv, zlib
except ImportError:
    sys.exit(3)
" </dev/null >/dev/null 2>&1 || status=$?
            case $status in
            0)
                python=$candidate
                return
                ;;
            3) bare=${bare:-$candidate} ;;
            esac
        done
    done
    if [ -n "$bare" ]; then
        package=$("$bare" -I -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
        die 64 "$bare cannot make a virtual environment: a part of Python is missing" \
            "on Debian and Ubuntu: apt-get install $package; then start this again"
    fi
    die 64 "no Python 3.11 or newer found on PATH (tried python3, python3.11 to python3.14, python)" \
        "install one (on Debian 12 and newer: apt-get install python3 python3-venv), then start this again"
}

make_venv() {
    say "creating the environment in .venv with $("$python" -V)"
    [ ! -e "$venv/bin/fieldkeep" ] || say "it replaces one: fieldkeep is away until this ends"
    # What an interrupted set-up left may look installed and not be.
    find "$venv" -mindepth 1 -maxdepth 1 ! -name .fieldkeep-lock ! -name fieldkeep-cache \
        -exec rm -rf {} +
    # To put a pip into it takes seconds: the machine's own serves as well, from 22.3 on.
    without=
    if [ "$1" = runtime ] && "$python" -I -c '
import sys, pip
sys.exit(tuple(map(int, pip.__version__.split(".")[:2])) < (22, 3))' 2>/dev/null; then
        without=--without-pip
    fi
    if ! watched "$python" -I -m venv $without "$venv"; then
        cat "$venv/.fieldkeep-log" >&2
        die 64 "$python could not create $venv: see above"
    fi
    stamp venv "$(identity)"
}

# watched COMMAND...: writes what it prints to the log. A terminal shows meanwhile for how long it
# has run, and what pip is at.
watched() {
    : >"$venv/.fieldkeep-log"
    ticker=
    if [ -t 2 ] && [ "${TERM:-dumb}" != dumb ]; then
        tick 9>&- &
        ticker=$!
    fi
    status=0
    "$@" </dev/null >"$venv/.fieldkeep-log" 2>&1 9>&- || status=$?
    if [ -n "$ticker" ]; then
        kill "$ticker" 2>/dev/null || :
        wait "$ticker" 2>/dev/null || :
        printf '\r\033[K' >&2
    fi
    return "$status"
}

# Ends with the script, too: that may be interrupted.
tick() {
    seconds=0
    while kill -0 $$ 2>/dev/null; do
        sleep 1
        seconds=$((seconds + 1))
        step=$(grep -Eo '^ *(Collecting [^ ]+|Installing collected packages)' \
            "$venv/.fieldkeep-log" | tail -n 1)
        printf '\r\033[K%s s %s' "$seconds" "$step" >&2
    done
}

# pip WHAT ARGUMENTS: silent, unless it fails.
pip() {
    what=$1
    shift
    from=$venv/bin/python
    [ -x "$venv/bin/pip" ] || from=$python
    watched "$from" -I -m pip --python "$venv/bin/python" --disable-pip-version-check --no-input \
        install --no-user "$@" && return
    if grep -Eq 'NewConnectionError|NameResolutionError|ConnectTimeout|ReadTimeout|ProxyError|Could not fetch URL|[Nn]ame resolution|Network is unreachable' \
        "$venv/.fieldkeep-log"; then
        # All is fetched before anything is installed: the environment is as it was.
        rm -f "$venv/.fieldkeep-busy"
        die 4 "no network: pip could not fetch $what" \
            "connect this machine, or name your package mirror (PIP_INDEX_URL, HTTPS_PROXY), then start this again" \
            "pip's own words: $venv/.fieldkeep-log"
    fi
    cat "$venv/.fieldkeep-log" >&2
    die 4 "pip could not install $what: see above"
}
