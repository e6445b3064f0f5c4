#!/usr/bin/env bash
# Install the Debian packages that a list names, where this user may; otherwise say which are missing and stop.
# Usage: install_system.sh LIST [--warn]   (one package a line, # starts a comment; --warn: say it and go on)
set -euo pipefail

list=$1
on_missing=${2:-stop}

if ! command -v dpkg >/dev/null; then
  echo "This is not Debian: make sure that what $list names is installed." >&2
  exit 0
fi

mapfile -t wanted < <(sed 's/#.*//' "$list" | awk 'NF { print $1 }')
missing=()
for package in "${wanted[@]}"; do
  dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
[ "${#missing[@]}" -eq 0 ] && exit 0

as_root=()
may_install=yes
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
  else
    may_install=no
  fi
fi

if [ "$may_install" = no ]; then
  echo "These system packages are missing and cannot be installed without your password:" >&2
  printf '  %s\n' "${missing[@]}" >&2
  echo "Install them: sudo apt-get install ${missing[*]}" >&2
  [ "$on_missing" = --warn ] && exit 0
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
