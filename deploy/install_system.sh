#!/usr/bin/env bash
# Install the Debian packages that a list names, where this user may; otherwise say which are missing and stop.
# Usage: install_system.sh LIST   (one package a line, # starts a comment)
set -euo pipefail

list=$1
mapfile -t wanted < <(sed 's/#.*//' "$list" | awk 'NF { print $1 }')
missing=()
for package in "${wanted[@]}"; do
  dpkg -s "$package" >/dev/null 2>&1 || missing+=("$package")
done
[ "${#missing[@]}" -eq 0 ] && exit 0

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
    as_root=(sudo -n)
  else
    as_root=(false)
  fi
fi

if ! command -v apt-get >/dev/null || [ "${as_root[*]:-}" = false ]; then
  echo "These system packages are missing and could not be installed without your help:" >&2
  printf '  %s\n' "${missing[@]}" >&2
  echo "On Debian or Ubuntu: sudo apt-get install ${missing[*]}" >&2
  exit 1
fi

export DEBIAN_FRONTEND=noninteractive
"${as_root[@]}" apt-get update -qq
"${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null
