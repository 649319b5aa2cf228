# SPDX-License-Identifier: EUPL-1.2
"""The namespaces of the lab: a star of segments around a router, with dead prefixes and blocked ports for real network faults.

Must run inside a holder that has network and mount namespaces of its own; nothing outside those is touched.
"""

import subprocess
from collections.abc import Iterable, Sequence
from ipaddress import ip_address

from lab.plan import BLACKHOLE, DNS, SEGMENTS, UNREACHABLE, BlockedPort, PortFault, Segment

ROUTER = DNS.name
# The network between the router and the segments is documentation space too: nothing of it exists outside.
_LINK4 = "203.0.113.{}"
_LINK6 = "2001:db8:ff{:02x}::{}"


class NetworkFailedError(RuntimeError):
    """A namespace, route or rule could not be made; the message holds what the tool said."""


def raise_network(blocked: Iterable[BlockedPort]) -> None:
    """Make every namespace, link, route and firewall rule."""
    _run("mount", "-t", "tmpfs", "tmpfs", "/run")
    for segment in SEGMENTS:
        _run("ip", "netns", "add", segment.name)
        _run("ip", "-n", segment.name, "link", "set", "lo", "up")
        _settings(segment)
    for number, segment in enumerate(SEGMENTS):
        _make_local(segment)
        if segment.name != ROUTER:
            _connect(segment, number)
    for prefix in BLACKHOLE:
        _route(ROUTER, "add", "blackhole", str(prefix))
    for prefix in UNREACHABLE:
        _route(ROUTER, "add", "unreachable", str(prefix))
    _run("ip", "netns", "exec", ROUTER, "nft", "-f", "-", said=_rules(blocked))


def _settings(segment: Segment) -> None:
    """Set what every namespace needs: binding to local prefixes, no duplicate address detection, forwarding in the router."""
    wanted = ["net.ipv6.ip_nonlocal_bind=1", "net.ipv6.conf.all.accept_dad=0", "net.ipv6.conf.default.accept_dad=0"]
    wanted += ["net.core.somaxconn=8192", "net.ipv4.tcp_max_syn_backlog=8192", "net.ipv4.ip_unprivileged_port_start=0"]
    if segment.name == ROUTER:
        wanted += ["net.ipv4.ip_forward=1", "net.ipv6.conf.all.forwarding=1"]
        # Every "unreachable" must be told at once, however many are asked.
        wanted += ["net.ipv4.icmp_ratelimit=0", "net.ipv6.icmp.ratelimit=0"]
    _run("ip", "netns", "exec", segment.name, "sysctl", "-q", "-e", "-w", *wanted)


def _make_local(segment: Segment) -> None:
    """Make the prefixes of a segment its own (AnyIP)."""
    _route(segment.name, "add", "local", str(segment.ipv4), "dev", "lo")
    _route(segment.name, "add", "local", str(segment.ipv6), "dev", "lo")


def _connect(segment: Segment, number: int) -> None:
    """Connect a segment to the router: a link of its own, a default route, and the way back."""
    router_end, segment_end = f"to-{segment.name}", "uplink"
    _run("ip", "link", "add", router_end, "netns", ROUTER, "type", "veth", "peer", "name", segment_end, "netns", segment.name)
    ends = ((ROUTER, router_end, 1), (segment.name, segment_end, 2))
    for namespace, device, last in ends:
        _run("ip", "-n", namespace, "addr", "add", _LINK4.format(4 * number + last) + "/30", "dev", device)
        _run("ip", "-n", namespace, "addr", "add", _LINK6.format(number, last) + "/64", "dev", device, "nodad")
        _run("ip", "-n", namespace, "link", "set", device, "up")
    gateway4, gateway6 = _LINK4.format(4 * number + 1), _LINK6.format(number, 1)
    back4, back6 = _LINK4.format(4 * number + 2), _LINK6.format(number, 2)
    # Packets leave with an address of the segment itself, so that servers see a client of the lab's own ranges; IPv6 wants it assigned.
    _run("ip", "-n", segment.name, "addr", "add", f"{segment.ipv6[10]}/128", "dev", "lo", "nodad")
    _route(segment.name, "add", "default", "via", gateway4, "src", str(segment.ipv4[10]))
    _route(segment.name, "add", "default", "via", gateway6, "src", str(segment.ipv6[10]))
    _route(ROUTER, "add", str(segment.ipv4), "via", back4)
    _route(ROUTER, "add", str(segment.ipv6), "via", back6)


def _rules(blocked: Iterable[BlockedPort]) -> str:
    """Write the firewall of the router: what is refused and what is dropped, by address and port."""
    sets: dict[tuple[int, PortFault], list[str]] = {(version, fault): [] for version in (4, 6) for fault in PortFault}
    for one in blocked:
        sets[ip_address(one.address).version, one.fault].append(f"{one.address} . {one.port}")
    lines = ["table inet lab {"]
    for (version, fault), elements in sets.items():
        listed = f" elements = {{ {', '.join(sorted(set(elements)))} }};" if elements else ""
        lines.append(f"  set {fault.value}{version} {{ type ipv{version}_addr . inet_service;{listed} }}")
    lines.append("  chain forward { type filter hook forward priority 0;")
    for version, word in ((4, "ip"), (6, "ip6")):
        lines.append(f"    {word} daddr . tcp dport @refuse{version} reject with tcp reset")
        lines.append(f"    {word} daddr . tcp dport @drop{version} drop")
    return "\n".join([*lines, "  }", "}"]) + "\n"


def _route(namespace: str, *words: str) -> None:
    """Add a route of either family."""
    family = "-6" if any(":" in word for word in words) else "-4"
    _run("ip", "-n", namespace, family, "route", *words)


def _run(*command: str, said: str | None = None) -> None:
    """Run a tool; raise NetworkFailedError with its words when it fails."""
    done = subprocess.run(command, input=said, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NetworkFailedError(f"{' '.join(command)}: {(done.stderr or done.stdout).strip()[:500]}")


def inside(segment: str, command: Sequence[str]) -> list[str]:
    """Return the command that runs another one in a segment."""
    return ["ip", "netns", "exec", segment, *command]
