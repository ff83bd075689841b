#!/bin/sh
# Writes requirements/*.txt anew from pyproject.toml: every package by name, version and hash, no address. Needs a network.
set -eu

cd "$(dirname "$0")/.."
home=$(mktemp -d)
trap 'rm -rf "$home"' EXIT
.venv/bin/python -m venv "$home/venv"
"$home/venv/bin/python" -m pip install --quiet --disable-pip-version-check uv

# setuptools is the build backend: pinned here, so that the editable install needs no network of its own.
pin() {
    out=$1
    shift
    echo setuptools | "$home/venv/bin/uv" pip compile pyproject.toml - "$@" --quiet --universal --python-version 3.11 \
        --generate-hashes --no-emit-index-url --no-annotate --no-header --output-file "$out"
}
pin requirements/test.txt --extra test
pin requirements/start.txt --constraint requirements/test.txt
