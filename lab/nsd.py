# SPDX-License-Identifier: EUPL-1.2
"""The name servers: three NSD processes (root, top-level domains, suppliers), so that a resolver meets true referrals."""

from collections.abc import Iterable
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path

from lab.plan import BLACKHOLE, DNS, ROOT_ADDRESSES, TLD_ADDRESSES, UNREACHABLE, DnsFault, Plan, Program, Zone
from lab.zones import all_zones, zone_file

# Where the suppliers' NSD also listens, for the server that answers wrongly and needs the right answer to spoil.
BACKEND_ADDRESS = str(DNS.ipv4[60 * 256 + 53])

_HEAD = """\
server:
  username: ""
  chroot: ""
  database: ""
  pidfile: "{state}/nsd-{name}.pid"
  xfrdfile: "{state}/nsd-{name}.xfrd"
  zonelistfile: "{state}/nsd-{name}.zonelist"
  xfrdir: "{state}"
  zonesdir: "{state}/zones"
  server-count: 1
  tcp-count: 500
  tcp-timeout: 10
  rrl-ratelimit: 0
  hide-version: yes
  verbosity: 0
  refuse-any: no
{addresses}
remote-control:
  control-enable: no
"""


def write(plan: Plan, state: Path, now: datetime) -> None:  # noqa: ARG001 - the makers share one signature
    """Write the three configurations."""
    zones = all_zones(plan)
    root, tops = zones[:1], [zone for zone in zones[1:] if "." not in zone.name]
    _write(state, "root", ROOT_ADDRESSES, root)
    _write(state, "top", TLD_ADDRESSES, tops)
    _write(state, "suppliers", [*supplier_addresses(plan), BACKEND_ADDRESS], plan.zones)


def programs(plan: Plan, state: Path) -> list[Program]:  # noqa: ARG001 - the makers share one signature
    """Return the three name servers."""
    return [Program(f"nsd-{name}", DNS.name, ("nsd", "-d", "-c", str(state / f"nsd-{name}.conf"))) for name in ("root", "top", "suppliers")]


def supplier_addresses(plan: Plan) -> list[str]:
    """List the addresses at which suppliers answer well, in a fixed order."""
    found = {
        address: None
        for zone in plan.zones
        for server in zone.servers
        if server.fault is DnsFault.NONE
        for address in server.addresses
        if not is_dead(address)
    }
    return sorted(found, key=lambda address: (":" in address, ip_address(address)))


def is_dead(address: str) -> bool:
    """Whether an address lies in a prefix that leads nowhere."""
    parsed = ip_address(address)
    return any(parsed in prefix for prefix in (*BLACKHOLE, *UNREACHABLE) if prefix.version == parsed.version)


def _write(state: Path, name: str, addresses: Iterable[str], zones: Iterable[Zone]) -> None:
    """Write the configuration of one NSD."""
    listening = "\n".join(f"  ip-address: {address}" for address in addresses)
    lines = [_HEAD.format(state=state, name=name, addresses=listening)]
    lines += [f'zone:\n  name: "{zone.name or "."}"\n  zonefile: "{zone_file(state / "zones", zone.name).name}"\n' for zone in zones]
    (state / f"nsd-{name}.conf").write_text("".join(lines), encoding="utf-8")
