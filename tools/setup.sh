#!/bin/sh
# Makes .venv fit for `start` (the package) or `test` (the package and what tests it). Does nothing, and asks no network,
# when it fits already: a stamp in .venv says for which pins, which Python and which folder it was made.
# Plain POSIX sh, so that a fresh Debian or macOS runs it. PYTHON=/path/to/python overrides the search.
set -eu

cd "$(dirname "$0")/.."
stamp=.venv/ironlaw-stamp
NAMES="python3.13 python3.12 python3.11 python3"

say() { printf '%s\n' "$*" >&2; }

# A name on the PATH proves nothing (a version manager leaves shims that fail), so each candidate is run.
suits() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; }
makes_venvs() { suits "$1" && "$1" -c 'import ensurepip, venv' >/dev/null 2>&1; }

# The newest Python >= 3.11; one that can make a virtual environment goes before a newer one that cannot.
find_python() {
    if [ -n "${PYTHON:-}" ]; then
        suits "$PYTHON" || {
            say "PYTHON=$PYTHON is not a Python of 3.11 or newer."
            exit 1
        }
        command -v "$PYTHON"
        return
    fi
    for able in makes_venvs suits; do
        for name in $NAMES; do
            if $able "$name"; then
                command -v "$name"
                return
            fi
        done
    done
    say "Ironlaw needs Python 3.11 or newer, and none of these is one: $NAMES."
    say "  Debian, Ubuntu: apt-get install python3 python3-venv     macOS: brew install python@3.13"
    say "  Elsewhere installed? Name it: make start PYTHON=/path/to/python3"
    exit 1
}

# Debian keeps ensurepip in a package of its own.
install_venv_module() {
    package="python$("$1" -c 'import sys; print("%d.%d" % sys.version_info[:2])')-venv"
    command -v apt-get >/dev/null 2>&1 || {
        say "$1 cannot make virtual environments: it has no ensurepip. Install it, or name another: make start PYTHON=..."
        exit 1
    }
    if [ "$(id -u)" = 0 ]; then
        as_root=
    elif sudo -n true 2>/dev/null; then
        as_root="sudo -n"
    else
        say "$1 cannot make virtual environments yet. Run this once, then try again:"
        say "  sudo apt-get install $package"
        exit 1
    fi
    say "Installing $package ..."
    $as_root apt-get update -qq >/dev/null
    $as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$package" >/dev/null
}

make_venv() {
    python=$(find_python)
    makes_venvs "$python" || install_venv_module "$python"
    say "Making .venv with $("$python" --version) ..."
    "$python" -m venv --clear .venv
}

venv_works() { [ -x .venv/bin/python ] && suits .venv/bin/python && .venv/bin/python -m pip --version >/dev/null 2>&1; }

# What the environment depends on. The folder counts: an editable install holds its absolute path.
fingerprint() { printf '%s %s %s' "$(cat pyproject.toml requirements/*.txt | cksum)" "$(.venv/bin/python --version)" "$PWD"; }

fits() {
    [ -f $stamp ] && [ -x .venv/bin/python ] || return 1
    made=$(cat $stamp)
    [ "$made" = "test $(fingerprint)" ] || [ "$made" = "$1 $(fingerprint)" ]
}

set_up() {
    rm -f $stamp
    venv_works || make_venv
    say "Installing Ironlaw for \`make $1\` (a minute the first time) ..."
    # PIP_USER from a person's own configuration would break an install into a virtual environment.
    PIP_USER=0 PIP_DISABLE_PIP_VERSION_CHECK=1
    export PIP_USER PIP_DISABLE_PIP_VERSION_CHECK
    .venv/bin/python -m pip install --quiet --require-hashes -r "requirements/$1.txt"
    .venv/bin/python -m pip install --quiet --no-deps --no-build-isolation -e .
    printf '%s %s' "$1" "$(fingerprint)" >$stamp
}

case "${1:-}" in
start | test) fits "$1" || set_up "$1" ;;
python) find_python ;;
*)
    say "usage: tools/setup.sh start | test | python"
    exit 2
    ;;
esac
