#!/usr/bin/env bash
# Make the virtual environment whole or not at all: a half-made one would stop every later try.
# Usage: make_environment.sh FOLDER
set -euo pipefail

folder=$1
python=
for candidate in python3.11 python3 python; do
  if command -v "$candidate" >/dev/null &&
    "$candidate" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null; then
    python=$candidate
    break
  fi
done
if [ -z "$python" ]; then
  echo "Python 3.11 was not found; install it (Debian 12: apt-get install python3 python3-venv) and try again." >&2
  exit 1
fi

rm -rf "$folder"
trap 'rm -rf "$folder"' ERR
if ! "$python" -m venv "$folder"; then
  rm -rf "$folder"
  echo "The environment could not be made; install Python's venv (Debian 12: apt-get install python3-venv)." >&2
  exit 1
fi
"$folder/bin/python" -m pip install --quiet --disable-pip-version-check uv==0.13.9
