# SPDX-License-Identifier: EUPL-1.2
"""Our TLS prober beside sslyze and testssl.sh, on the same servers: whether they agree, and what each costs.

``agreement``: suite by suite and version by version, on two servers, modern and wide open. ``lab``: the same on every TLS server of the
lab (inside it: ``python -m lab run -- python bench/tls.py lab``). ``--peer testssl`` takes testssl.sh instead of sslyze. What the other
finds and we do not is a fault of ours (exit 1).
``speed``: throughput, own CPU and connections per target, in turn, and the ratios.

Both are run as programs of their own (``bench/tls_peers.py``); nothing of them is imported.
"""

import argparse
import asyncio
import json
import os
import re
import resource
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

import uvloop  # noqa: E402 - idem

from bench.tls_peers import PEERS, SSLYZE, Suites, sslyze  # noqa: E402 - found through the line above
from meetlat.facts.tls_catalogue import VERSIONS, suite_name  # noqa: E402 - idem
from meetlat.model.evidence import Need  # noqa: E402 - idem
from meetlat.probes.gate import Gate, Limits  # noqa: E402 - idem
from meetlat.probes.network import Network  # noqa: E402 - idem
from meetlat.probes.tls.probe import TlsProbe  # noqa: E402 - idem

PORTS = {"modern": 14_500, "wide": 14_501}
OURS, THEIRS = 200, 10
_UNHURRIED = Limits(per_address=1e6, per_address_burst=10**6, per_prefix=1e6, per_prefix_burst=10**6, at_once_per_address=1)
_OLD_OPENSSL = "openssl_conf = a\n[a]\nssl_conf = b\n[b]\nsystem_default = c\n[c]\nMinProtocol = TLSv1\nCipherString = ALL:@SECLEVEL=0\n"
_NGINX = """\
worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log crit;
events {{ worker_connections 8192; }}
http {{ access_log off; ssl_session_cache off;
  server {{ listen {modern} ssl backlog=4096; ssl_certificate {folder}/ec.pem; ssl_certificate_key {folder}/ec.key;
    ssl_protocols TLSv1.2 TLSv1.3; ssl_prefer_server_ciphers on; ssl_ecdh_curve X25519:P-256:P-384;
    ssl_ciphers ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES128-GCM-SHA256;
    ssl_conf_command SignatureAlgorithms ECDSA+SHA256:ECDSA+SHA384; return 200 ok; }}
  server {{ listen {wide} ssl backlog=4096; ssl_certificate {folder}/ec.pem; ssl_certificate_key {folder}/ec.key;
    ssl_certificate {folder}/rsa.pem; ssl_certificate_key {folder}/rsa.key;
    ssl_protocols TLSv1 TLSv1.1 TLSv1.2 TLSv1.3; ssl_ciphers ALL:COMPLEMENTOFALL:@SECLEVEL=0; ssl_early_data on; return 200 ok; }}
}}
"""


@dataclass(frozen=True)
class Figures:
    """What one way of asking cost: targets, wall and CPU seconds of its own, connections."""

    targets: int
    wall: float
    cpu: float
    connections: float

    @property
    def per_second(self) -> float:
        """Targets per second."""
        return self.targets / self.wall

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds per target."""
        return 1000 * self.cpu / self.targets


def main() -> int:
    """Run what is asked."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("what", choices=["agreement", "lab", "speed", "ours"])
    parser.add_argument("--peer", choices=sorted(PEERS), default="sslyze", help="whom to agree with")
    asked = parser.parse_args()
    if asked.what == "ours":  # what the bench calls itself with, to have a process whose CPU is only the prober's
        print(json.dumps(uvloop.run(_probe_many(PORTS["modern"], OURS))))
        return 0
    if asked.what == "lab":
        return _in_lab(asked.peer)
    with tempfile.TemporaryDirectory(prefix="meetlat-bench-") as folder, _servers(Path(folder)):
        return _speed() if asked.what == "speed" else _agreement(asked.peer)


@contextmanager
def _servers(folder: Path) -> Iterator[None]:
    """Raise the servers and wait until they answer."""
    for name, key in (("ec", "ec -pkeyopt ec_paramgen_curve:P-256"), ("rsa", "rsa:3072")):
        command = f"openssl req -x509 -newkey {key} -nodes -keyout {folder}/{name}.key -out {folder}/{name}.pem -days 9 -subj /CN=localhost"
        subprocess.run(command.split(), check=True, capture_output=True)
    (folder / "nginx.conf").write_text(_NGINX.format(folder=folder, **PORTS), encoding="utf-8")
    (folder / "openssl.cnf").write_text(_OLD_OPENSSL, encoding="utf-8")
    command = ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf")]
    server = subprocess.Popen(command, env={"OPENSSL_CONF": str(folder / "openssl.cnf"), "PATH": "/usr/sbin:/usr/bin:/bin"})
    time.sleep(1.5)
    try:
        yield
    finally:
        server.terminate()
        server.wait()


def _probe(port: int, *, thorough: bool) -> TlsProbe:
    """Make the prober without our limits: these servers are our own."""
    gate = Gate(Network(allowed_prefixes=(ip_network("127.0.0.0/8"), ip_network("198.18.0.0/15"))), _UNHURRIED)
    return TlsProbe(gate, None, thorough=thorough, port=port)


async def _probe_many(port: int, count: int) -> Mapping[str, float]:
    """Probe as many addresses at once, one connection at a time per address."""
    probe = _probe(port, thorough=False)
    await probe.observe(Need("tls", "127.0.0.1", "localhost"))
    began, cpu = time.monotonic(), time.process_time()
    places = [f"127.0.{number // 200 + 1}.{number % 200 + 1}" for number in range(count)]
    answers = await asyncio.gather(*(probe.observe(Need("tls", place, "localhost")) for place in places))
    connections = sum(int(str(answer["connections"])) for answer in answers)
    return {"wall": time.monotonic() - began, "cpu": time.process_time() - cpu, "connections": connections / count}


def _speed() -> int:
    """Measure both in turn, three times, and print the medians and ratios."""
    ours, theirs = [], []
    for _ in range(3):
        told = json.loads(subprocess.run([sys.executable, __file__, "ours"], check=True, capture_output=True, text=True).stdout)
        ours.append(Figures(OURS, told["wall"], told["cpu"], told["connections"]))
        theirs.append(_sslyze_speed())
    our, their = (sorted(each, key=lambda one: one.cpu_ms)[1] for each in (ours, theirs))
    print(f"{'modern server':24}{'targets/s':>12}{'CPU ms/target':>16}{'connections':>14}")
    for name, one in (("Meetlat, verdict mode", our), (f"{SSLYZE}, all", their)):
        print(f"{name:24}{one.per_second:12.1f}{one.cpu_ms:16.2f}{one.connections:14.0f}")
    faster, lighter = our.per_second / their.per_second, their.cpu_ms / our.cpu_ms
    print(f"{'ratio':24}{faster:12.1f}{lighter:16.1f}{their.connections / our.connections:14.1f}")
    return 0


def _sslyze_speed() -> Figures:
    """Let sslyze look at several targets in one process, at all that we look at."""
    targets = [f"127.0.9.{number + 1}:{PORTS['modern']}" for number in range(THEIRS)]
    opened, began, used = _opened(), time.monotonic(), resource.getrusage(resource.RUSAGE_CHILDREN)
    sslyze(targets)
    now = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
    return Figures(THEIRS, time.monotonic() - began, cpu, (_opened() - opened) / THEIRS)


def _opened() -> int:
    """Return how many connections this machine has taken so far."""
    lines = [line.split() for line in Path("/proc/net/snmp").read_text(encoding="ascii").splitlines() if line.startswith("Tcp:")]
    return int(dict(zip(lines[0], lines[1], strict=True))["PassiveOpens"])


def _agreement(peer: str) -> int:
    """Compare what is accepted, per version; what they find and we do not is our fault."""
    missed = 0
    for name, port in PORTS.items():
        ours, theirs = _our_suites(port), PEERS[peer]("127.0.0.1", port)
        print(f"{name:10}{'version':10}{'ours':>6}{'theirs':>8}{'both':>6}")
        for version in VERSIONS.values():
            own, other = ours.get(version, set()), theirs.get(version, set())
            print(f"{'':10}{version:10}{len(own):6}{len(other):8}{len(own & other):6}")
            for suite in sorted(own ^ other):
                print(f"{'':20}only {'Meetlat' if suite in own else peer}: {suite}")
            missed += len(other - own)
    return 1 if missed else 0


def _in_lab(peer: str) -> int:
    """Compare on every domain of the lab that has one TLS variant and no other; servers that are traps by design are left to the tests."""
    state = Path(os.environ.get("MEETLAT_LAB_STATE", ROOT / ".lab"))
    traps = set(re.findall(r"\[variants\.([^]]+)\][^[]*?web\.odd_tls", (ROOT / "lab/scenario.toml").read_text(encoding="utf-8")))
    missed, totals = 0, Counter[str]()
    for one in json.loads((state / "truth.json").read_text(encoding="utf-8")):
        if len(one["variants"]) != 1 or not one["variants"][0].startswith(("tls-", "certificate-")) or one["variants"][0] in traps:
            continue
        address = socket.getaddrinfo(one["domain"], 443, socket.AF_INET)[0][4][0]
        own, other = _pairs(_our_suites(443, str(address), one["domain"])), _pairs(PEERS[peer](one["domain"], 443))
        missed += len(other - own)
        totals.update(servers=1, ours=len(own), theirs=len(other), both=len(own & other))
        more = "; ".join([f"only {peer}: {' '.join(pair)}" for pair in sorted(other - own)])
        extra = "; ".join([f"only Meetlat: {' '.join(pair)}" for pair in sorted(own - other)])
        counts = f"ours {len(own):4} theirs {len(other):4} both {len(own & other):4}"
        print(f"{one['variants'][0]:36} {counts} {more} {extra}".rstrip(), flush=True)
    print(f"{totals['servers']} servers: ours {totals['ours']}, {peer} {totals['theirs']}, both {totals['both']}")
    return 1 if missed else 0


def _pairs(suites: Suites) -> set[tuple[str, str]]:
    """Return the pairs of version and suite."""
    return {(version, suite) for version, taken in suites.items() for suite in taken}


def _our_suites(port: int, address: str = "127.0.0.1", name: str = "localhost") -> Mapping[str, set[str]]:
    """Ask thoroughly, and return the suites accepted per version."""
    answer = asyncio.run(_asked(port, address, name))
    found: dict[str, set[str]] = {}
    for hello in answer["hellos"]:  # type: ignore[attr-defined] # the evidence is what docs/decisions/0010 says
        if hello["came"] in {"server_hello", "hello_retry"}:
            chosen = [hello["suite"]] if hello.get("suite") else [hello["kinds"][at : at + 6] for at in range(0, len(hello["kinds"]), 6)]
            found.setdefault(VERSIONS[hello["version"]], set()).update(map(suite_name, chosen))
    return found


async def _asked(port: int, address: str, name: str) -> Mapping[str, object]:
    """Ask one server."""
    return await _probe(port, thorough=True).observe(Need("tls", address, name))


if __name__ == "__main__":
    sys.exit(main())
