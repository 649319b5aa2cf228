# SPDX-License-Identifier: EUPL-1.2
"""The lab's own validating resolver, for people and for the independent clients; the product brings one of its own."""

from pathlib import Path

from lab.plan import PROBE, Program

# Debian's Unbound drops slow and waiting questions silently unless these two limits are off.
_CONFIGURATION = """\
server:
  use-syslog: no
  username: ""
  chroot: ""
  pidfile: ""
  directory: "{state}"
  interface: 127.0.0.1
  access-control: 127.0.0.0/8 allow
  root-hints: "{state}/root.hints"
  trust-anchor-file: "{state}/trust-anchor"
  local-zone: "8.b.d.0.1.0.0.2.ip6.arpa." nodefault
  ede: yes
  discard-timeout: 0
  wait-limit: 0
  val-bogus-ttl: 2
remote-control:
  control-enable: no
"""


def write(state: Path) -> None:
    """Write the configuration."""
    (state / "unbound.conf").write_text(_CONFIGURATION.format(state=state), encoding="utf-8")


def programs(state: Path) -> list[Program]:
    """Return the resolver as a program of the probe segment."""
    return [Program("unbound", PROBE.name, ("unbound", "-d", "-c", str(state / "unbound.conf")))]
