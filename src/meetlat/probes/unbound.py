# SPDX-License-Identifier: EUPL-1.2
"""A validating Unbound of our own: a child process with a temporary configuration, gone when the measurement is."""

import asyncio
import shutil
import socket
import tempfile
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from enum import Enum
from importlib.resources import files
from ipaddress import ip_network
from pathlib import Path

from meetlat.probes.network import Network, Prefix


class ResolverFault(Enum):
    """What can be wrong with the resolver, each with its English sentence; the command line has the Dutch ones under the same names."""

    MISSING = "Unbound is not installed; install it (apt-get install unbound) or name a resolver with --resolver."
    STOPPED = "Unbound stopped at once: {detail}"
    SILENT = "Unbound did not begin to listen within ten seconds; look whether the machine is overloaded."
    NO_PORT = "No port of the loopback is free for a resolver."
    DIED = "The resolver stopped answering in mid-run ({detail}); what was measured is kept, and the same command goes on."


class ResolverError(RuntimeError):
    """The resolver cannot be started or does not answer; the message says what to do."""

    def __init__(self, fault: ResolverFault, detail: str = "") -> None:
        super().__init__(fault.value.format(detail=detail))
        self.fault = fault
        self.detail = detail


# Where a delegation may not lead our resolver: to the network that we stand in (RFC 6890). The loopback Unbound leaves alone by itself.
_INWARD: tuple[Prefix, ...] = tuple(
    map(
        ip_network,
        (
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.168.0.0/16",
            "fc00::/7",
            "fe80::/10",
            "::ffff:0:0/96",
        ),
    )
)
# discard-timeout and wait-limit: Debian's DNSBomb patch drops slow and waiting questions silently, which would look like a fault of theirs.
_CONFIGURATION = """\
server:
  verbosity: 0
  use-syslog: no
  logfile: "{directory}/unbound.log"
  pidfile: ""
  username: ""
  chroot: ""
  directory: "{directory}"
  interface: 127.0.0.1@{port}
  access-control: 127.0.0.0/8 allow
  num-threads: {threads}
  so-reuseport: yes
  do-ip6: {ipv6}
  outgoing-range: 4096
  num-queries-per-thread: 4096
  jostle-timeout: 5000
  msg-cache-size: 64m
  rrset-cache-size: 128m
  module-config: "validator iterator"
  ede: yes
  val-bogus-ttl: 2
  val-clean-additional: yes
  harden-dnssec-stripped: yes
  aggressive-nsec: no
  discard-timeout: 0
  wait-limit: 0
  serve-expired: no
  prefetch: no
  rrset-roundrobin: no
  minimal-responses: yes
  trust-anchor-file: "{anchor}"
{extra}
remote-control:
  control-enable: no
"""


@asynccontextmanager
async def own_unbound(network: Network, threads: int = 2, *, ipv6: bool = True) -> AsyncIterator[tuple[str, int]]:
    """Run an Unbound for the duration of the block and yield its address and port.

    Raises ResolverError when Unbound is not installed, does not start, or stops at once.
    """
    program = shutil.which("unbound") or shutil.which("unbound", path="/usr/sbin:/sbin:/usr/local/sbin")
    if program is None:
        raise ResolverError(ResolverFault.MISSING)
    with tempfile.TemporaryDirectory(prefix="meetlat-unbound-") as directory:
        port = _free_port()
        configuration = Path(directory) / "unbound.conf"
        configuration.write_text(_configured(network, directory, port, threads, ipv6=ipv6), encoding="utf-8")
        process = await asyncio.create_subprocess_exec(
            *_leash(),
            program,
            "-d",
            "-c",
            str(configuration),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            await _until_listening(process, port, Path(directory) / "unbound.log")
            yield "127.0.0.1", port
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()


def _configured(network: Network, directory: str, port: int, threads: int, *, ipv6: bool) -> str:
    """Fill the configuration in for this network."""
    if network.trust_anchor is None:
        anchor = Path(directory) / "root.key"
        anchor.write_text((files("meetlat.probes") / "root-anchors.ds").read_text(encoding="utf-8"), encoding="utf-8")
    else:
        anchor = network.trust_anchor
    extra = [f'  local-zone: "{zone}" nodefault' for zone in network.local_zones_nodefault]
    extra += [f"  do-not-query-address: {prefix}" for prefix in _INWARD if not _is_let_through(prefix, network)]
    if network.root_hints:
        extra.append(f'  root-hints: "{network.root_hints}"')
    return _CONFIGURATION.format(
        directory=directory, port=port, threads=threads, ipv6="yes" if ipv6 else "no", anchor=anchor, extra="\n".join(extra)
    )


def _is_let_through(prefix: Prefix, network: Network) -> bool:
    """Whether the network lets any address of a prefix through."""
    return any(prefix.version == allowed.version and prefix.overlaps(allowed) for allowed in network.allowed_prefixes)


def _free_port() -> int:
    """Find a port on the loopback that is free for UDP and TCP now."""
    for _ in range(20):
        with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as tcp, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as udp:
            tcp.bind(("127.0.0.1", 0))
            with suppress(OSError):
                udp.bind(tcp.getsockname())
                return int(tcp.getsockname()[1])
    raise ResolverError(ResolverFault.NO_PORT)


async def _until_listening(process: Process, port: int, log: Path) -> None:
    """Wait until the child accepts connections; raise ResolverError when it stops or takes too long."""
    for _ in range(200):
        if process.returncode is not None:
            said = (await process.stderr.read(2000)).decode(errors="replace") if process.stderr else ""
            reason = (said or _last_words(log)).strip().splitlines() or ["no reason given"]
            raise ResolverError(ResolverFault.STOPPED, reason[-1])
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.05)
        else:
            writer.close()
            return
    raise ResolverError(ResolverFault.SILENT)


def _leash() -> tuple[str, ...]:
    """Return what makes the kernel end the child with us, also when we are killed; util-linux has it, other systems do without."""
    setpriv = shutil.which("setpriv")
    return (setpriv, "--pdeathsig", "KILL") if setpriv else ()


def _last_words(log: Path) -> str:
    """Read what Unbound wrote to its log, if anything."""
    return log.read_text(encoding="utf-8", errors="replace") if log.exists() else ""
