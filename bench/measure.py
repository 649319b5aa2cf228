# SPDX-License-Identifier: EUPL-1.2
"""How fast a whole government is measured, what a domain costs, and how that compares with asking the same by hand.

Raises the lab, measures all of it with Meetlat, and then lets dig, curl and openssl ask for the same things of a sample of the same domains
on the same servers, as an administrator would script it. Prints both, and their ratios.
"""

import argparse
import csv
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
STATE = Path(os.environ.get("MEETLAT_LAB_STATE", ROOT / ".lab"))
AT_ONCE = 16
SAMPLE = 60


@dataclass(frozen=True)
class Figures:
    """What one way of measuring did: domains, wall seconds, CPU seconds of its own processes."""

    domains: int
    wall: float
    cpu: float

    @property
    def per_minute(self) -> float:
        """Domains per minute."""
        return 60 * self.domains / self.wall

    @property
    def cpu_ms(self) -> float:
        """CPU milliseconds per domain."""
        return 1000 * self.cpu / self.domains


def lab(*arguments: str) -> list[str]:
    """Return a command of the lab."""
    return [sys.executable, "-m", "lab", *arguments]


def meetlat(folder: Path) -> tuple[Figures, dict[str, float], float]:
    """Measure everything; return the figures, the costs of the manifest and the peak memory in MB."""
    targets = str(STATE / "targets.csv")
    subprocess.run(lab("run", "--", sys.executable, "-m", "meetlat", "measure", targets, "-o", str(folder)), check=True)
    costs = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["costs"]
    return Figures(int(costs["domains_measured"]), costs["wall_seconds"], costs["cpu_seconds"]), costs, costs["peak_memory_mb"]


def by_hand() -> None:
    """Ask for a sample of domains, inside the lab; prints the figures as JSON. Only what Meetlat asks of every domain, without judging."""
    with (STATE / "targets.csv").open(encoding="utf-8") as file:
        names = [row["domain"] for row in csv.DictReader(file)]
    chosen = random.Random(1).sample(names, min(SAMPLE, len(names)))  # noqa: S311 - repeatable on purpose
    began = time.monotonic()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(_ask, chosen))
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(json.dumps([len(chosen), time.monotonic() - began, used.ru_utime + used.ru_stime]))


def _ask(name: str) -> None:
    """Ask for one domain what Meetlat asks."""
    for kind in ("SOA", "NS", "A", "AAAA", "MX", "TXT"):
        _said("dig", "+dnssec", "+time=5", "+tries=1", name, kind)
    for below in ("_dmarc", "_domainkey"):
        _said("dig", "+dnssec", "+time=5", "+tries=1", f"{below}.{name}", "TXT")
    for server in _said("dig", "+short", "+time=5", "+tries=1", name, "NS").split():
        _said("dig", "+norec", "+time=2", "+tries=1", "-6", f"@{server}", name, "SOA")
    for family in ("-4", "-6"):
        _said("curl", family, "-sko", "/dev/null", "-m", "10", f"http://{name}/")
        _said("curl", family, "-skiv", "-m", "10", f"https://{name}/", f"https://{name}/.well-known/security.txt")
    for line in _said("dig", "+short", "+time=5", "+tries=1", name, "MX").splitlines():
        host = line.split()[-1].rstrip(".")
        for family in ("-4", "-6"):
            _said("timeout", "20", "openssl", "s_client", family, "-starttls", "smtp", "-connect", f"{host}:25", "-servername", host)


def _said(*command: str) -> str:
    """Run a client and return what it said."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False).stdout


def main() -> None:
    """Run both and print them side by side."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", choices=["small", "full"], default="full")
    parser.add_argument("--by-hand", action="store_true", help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.by_hand:
        by_hand()
        return
    subprocess.run(lab("up", "--size", asked.size), check=True)
    try:
        with tempfile.TemporaryDirectory() as folder:
            ours, costs, memory = meetlat(Path(folder) / "meting")
        command = lab("run", "--", sys.executable, str(Path(__file__).resolve()), "--by-hand")
        theirs = Figures(*json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout.splitlines()[-1]))
    finally:
        subprocess.run(lab("down"), check=False)
    domains = ours.domains
    print(f"\n{'':34}{'Meetlat':>12}{'by hand':>12}{'ratio':>10}")
    print(f"{'domains':34}{domains:12}{theirs.domains:12}")
    print(f"{'domains per minute':34}{ours.per_minute:12.0f}{theirs.per_minute:12.0f}{ours.per_minute / theirs.per_minute:10.1f}")
    print(f"{'own CPU, ms per domain':34}{ours.cpu_ms:12.1f}{theirs.cpu_ms:12.1f}{theirs.cpu_ms / ours.cpu_ms:10.1f}")
    for name in ("connections", "datagrams", "dns_questions"):
        print(f"{name.replace('_', ' ') + ' per domain':34}{costs[name] / domains:12.1f}")
    print(f"{'peak memory, MB':34}{memory:12.0f}")


if __name__ == "__main__":
    main()
