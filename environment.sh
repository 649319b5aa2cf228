# SPDX-License-Identifier: EUPL-1.2
# Sourced by ./meetlat and ./check with $root set: makes the virtual environment from the lock file and installs Debian packages.
# Sets $python, PYTHONPATH and PATH.

LAB_PACKAGES="iproute2 nftables nsd unbound nginx-light bind9-dnsutils ldnsutils swaks curl openssl gnutls-bin rpki-client faketime"
REPORT_PACKAGES="libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-dejavu-core"

tell() { printf '%s\n' "$*" >&2; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; elif command -v sudo >/dev/null 2>&1; then sudo -- "$@"; else return 1; fi
}

# Install what is missing of the named Debian packages, without starting or enabling any of the services they bring.
need_packages() {
  local missing="" package policy=/usr/sbin/policy-rc.d made=""
  for package in "$@"; do
    dpkg-query -W -f='${db:Status-Status}' "$package" 2>/dev/null | grep -qx installed || missing="$missing $package"
  done
  [ -n "$missing" ] || return 0
  # nginx-light is one of several packages that bring nginx.
  if [ "$missing" = " nginx-light" ] && [ -x /usr/sbin/nginx ]; then return 0; fi
  tell "Meetlat: installing Debian packages:$missing"
  if [ ! -e "$policy" ]; then
    printf '#!/bin/sh\nexit 101\n' | as_root tee "$policy" >/dev/null && as_root chmod 755 "$policy" && made=yes
  fi
  if ! { as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update &&
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends $missing; } >"$root/.packages.log" 2>&1; then
    [ -z "$made" ] || as_root rm -f "$policy"
    tell "Meetlat: the packages could not be installed; see $root/.packages.log, or run: apt-get install$missing"
    exit 2
  fi
  [ -z "$made" ] || as_root rm -f "$policy"
  if [ -d /run/systemd/system ]; then
    for package in nsd unbound nginx; do
      case "$missing" in *"$package"*) as_root systemctl disable --now "$package" >/dev/null 2>&1 || true ;; esac
    done
    # It would fetch the RPKI of the whole world every hour.
    case "$missing" in *rpki-client*) as_root systemctl disable --now rpki-client.timer >/dev/null 2>&1 || true ;; esac
  fi
}

is_new_enough() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }
makes_environments() { is_new_enough "$1" && "$1" -c 'import ensurepip, venv' 2>/dev/null; }

# Say which Python to make the environment with: the one asked for; else the system's own, which Debian builds with profiles and pyenv
# does not (a tenth of a measurement); else any other; and last the system's own with the package that it lacks.
choose_python() {
  local base=""
  if [ -n "${MEETLAT_PYTHON:-}" ]; then
    makes_environments "$MEETLAT_PYTHON" || { tell "Meetlat: MEETLAT_PYTHON ($MEETLAT_PYTHON) is no Python 3.11 or newer with venv."; exit 2; }
    echo "$MEETLAT_PYTHON"
    return
  fi
  for base in /usr/bin/python3 python3 python3.11 python3.12 python3.13; do
    if makes_environments "$base"; then echo "$base"; return; fi
  done
  for base in /usr/bin/python3 python3; do
    if is_new_enough "$base"; then
      need_packages python3-venv >&2
      if makes_environments "$base"; then echo "$base"; return; fi
    fi
  done
  tell "Meetlat: needs Python 3.11 or newer, with venv (Debian: apt-get install python3-venv)."
  exit 2
}

# Make the virtual environment when it is not there, or when the lock file has changed since.
make_environment() {
  local lock="$root/$1" stamp="$root/.venv/.made-from-$1" base=""
  [ -e "$stamp" ] && cmp -s "$lock" "$stamp" && return 0
  tell "Meetlat: making the Python environment (once)…"
  if [ ! -x "$root/.venv/bin/python" ]; then
    base=$(choose_python) || exit 2
    "$base" -m venv "$root/.venv" || { tell "Meetlat: the environment could not be made in $root/.venv"; exit 2; }
  fi
  "$root/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock" >"$root/.venv/install.log" 2>&1 ||
    { tell "Meetlat: the Python packages could not be installed; see $root/.venv/install.log"; exit 2; }
  cp "$lock" "$stamp"
}

[ "$(id -u)" = 0 ] && export PIP_ROOT_USER_ACTION=ignore
make_environment "${LOCK:-requirements.lock}"
python="$root/.venv/bin/python"
export PYTHONPATH="$root/src:$root${PYTHONPATH:+:$PYTHONPATH}"
export PATH="$PATH:/usr/sbin:/sbin"
