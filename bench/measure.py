# SPDX-License-Identifier: EUPL-1.2
"""How fast a whole government is measured, what a domain costs, and how that compares with other ways on the same servers.

Raises the lab, measures all of it with Meetlat, and then lets two others ask a sample of the same domains on the same servers: dig, curl
and openssl as an administrator would script them, and checkdmarc, installed apart. Prints the three side by side. No test is timed.
"""

import argparse
import csv
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from lab.truth import differences, intended_verdicts, read_truth  # noqa: E402 - found through the line above
from meetlat.analysis.verdicts import verdicts_by_key  # noqa: E402 - idem

AT_ONCE = 8
HAND_SAMPLE = 40
CHECKDMARC_SAMPLE = 20
CHECKDMARC = "checkdmarc==6.0.4"
CHECKDMARC_HOME = ROOT / ".bench-venv"
DOMAIN_SECONDS = 60  # one domain of checkdmarc
TOTAL_SECONDS = 110  # one way of asking, all of its sample: what is not done by then is not counted


@dataclass(frozen=True)
class Figures:
    """What one way of measuring did: domains done, domains asked, wall seconds, CPU seconds of its own processes."""

    domains: int
    asked: int
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


def main() -> int:
    """Run all three and print them side by side."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", choices=["small", "full"], default="full")
    parser.add_argument("--other", choices=sorted(OTHERS), help=argparse.SUPPRESS)  # what the bench calls itself with, inside the lab
    asked = parser.parse_args()
    if asked.other:
        print(json.dumps(asdict(OTHERS[asked.other](_state()))))
        return 0
    with tempfile.TemporaryDirectory(prefix="meetlat-bench-") as folder:
        # A lab of its own, so that nobody's lab is measured or lowered.
        os.environ.setdefault("MEETLAT_LAB_STATE", str(Path(folder) / "lab"))
        os.environ["PYTHONPATH"] = f"{ROOT / 'src'}{os.pathsep}{ROOT}"
        if code := subprocess.run(lab("up", "--size", asked.size), check=False).returncode:
            return code
        try:
            return _compare(Path(folder) / "meting")
        finally:
            subprocess.run(lab("down"), check=False)


def _compare(folder: Path) -> int:
    """Measure with Meetlat, ask in the other ways, and print all of it."""
    began = _cpu_of_children()
    command = lab("run", "--", sys.executable, "-m", "meetlat", "measure", str(_state() / "targets.csv"), "-o", str(folder))
    if code := subprocess.run(command, check=False).returncode:
        return code
    whole_cpu = _cpu_of_children() - began
    costs = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["costs"]
    done = int(costs["domains_measured"])
    ours = Figures(done, done, costs["wall_seconds"], costs["cpu_seconds"])
    others = {"by hand": _other("hand"), "checkdmarc": _other("checkdmarc") if _checkdmarc_is_there() else None}
    _print_costs(ours, costs, whole_cpu)
    _print_ratios(ours, others)
    truth = read_truth(_state() / "truth.json")
    wrong, total = differences(truth, verdicts_by_key(folder)), intended_verdicts(truth)
    print(f"\nIntended verdicts measured: {total - len(wrong)} of {total}.")
    for one in wrong[:10]:
        print(f"  {one.domain} {one.key}: intended {one.intended}, measured {one.measured or 'nothing'}")
    return 1 if wrong else 0


def _print_costs(ours: Figures, costs: dict[str, float], whole_cpu: float) -> None:
    """Print what a domain cost Meetlat."""
    rows = [
        ("domains", f"{ours.domains}"),
        ("seconds", f"{ours.wall:.1f}"),
        ("connections per domain", f"{costs['connections'] / ours.domains:.1f}"),
        ("datagrams to name servers, per domain", f"{costs['datagrams'] / ours.domains:.1f}"),
        ("questions to the resolver, per domain", f"{costs['dns_questions'] / ours.domains:.1f}"),
        ("CPU of all, with Unbound, judging and start, ms per domain", f"{1000 * whole_cpu / ours.domains:.1f}"),
        ("peak memory of the process, MB", f"{costs['peak_memory_mb']:.0f}"),
    ]
    print("\nMeetlat")
    for name, figure in rows:
        print(f"  {name:60}{figure:>10}")


def _print_ratios(ours: Figures, others: dict[str, Figures | None]) -> None:
    """Print every way of asking, and how many times faster and lighter Meetlat was."""
    print(f"\n{'':12}{'done':>8}{'of':>8}{'domains/min':>14}{'ratio':>9}{'own CPU ms/domain':>20}{'ratio':>9}")
    for name, one in {"Meetlat": ours, **others}.items():
        if one is None or not one.domains:
            print(f"{name:12}could not be run")
            continue
        speed, lightness = ours.per_minute / one.per_minute, one.cpu_ms / ours.cpu_ms
        print(f"{name:12}{one.domains:8}{one.asked:8}{one.per_minute:14.1f}{speed:9.1f}{one.cpu_ms:20.1f}{lightness:9.1f}")


def _other(way: str) -> Figures | None:
    """Let another way ask inside the lab, or say why it could not."""
    command = lab("run", "--", sys.executable, str(Path(__file__).resolve()), "--other", way)
    done = subprocess.run(command, check=False, capture_output=True, text=True)
    if done.returncode:
        print(f"{way} could not be run: {(done.stderr.strip().splitlines() or ['it said nothing'])[-1]}", file=sys.stderr)
        return None
    return Figures(**json.loads(done.stdout.splitlines()[-1]))


def by_hand(state: Path) -> Figures:
    """Ask with dig, curl and openssl what Meetlat asks of every domain; nothing is judged and nothing is asked twice."""
    return _timed(_ask_by_hand, _sample(state, HAND_SAMPLE))


def with_checkdmarc(state: Path) -> Figures:
    """Let checkdmarc look at each domain; its start, which is mostly Python's, is measured apart and taken off its CPU."""
    began = _cpu_of_children()
    _said(str(_checkdmarc()), "--version")
    start = _cpu_of_children() - began
    seen = _timed(_ask_checkdmarc, _sample(state, CHECKDMARC_SAMPLE))
    return Figures(seen.domains, seen.asked, seen.wall, seen.cpu - start * seen.domains)


OTHERS: dict[str, Callable[[Path], Figures]] = {"hand": by_hand, "checkdmarc": with_checkdmarc}


def _timed(ask: Callable[[str, float], bool], names: Sequence[str]) -> Figures:
    """Ask for each name, so many at once; count those that were done before the time was up, and the CPU of their processes."""
    began, cpu = time.monotonic(), _cpu_of_children()
    with ThreadPoolExecutor(AT_ONCE) as pool:
        done = sum(pool.map(lambda name: ask(name, began + TOTAL_SECONDS), names))
    return Figures(done, len(names), time.monotonic() - began, _cpu_of_children() - cpu)


def _ask_by_hand(name: str, until: float) -> bool:
    """Ask for one domain what Meetlat asks; tell whether there was time for all of it."""
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
        for family in ("-4", "-6") if host and time.monotonic() < until else ():
            _said("timeout", "10", "openssl", "s_client", family, "-starttls", "smtp", "-connect", f"{host}:25", "-servername", host)
    return time.monotonic() < until


def _ask_checkdmarc(name: str, until: float) -> bool:
    """Let checkdmarc ask for one domain, with the lab's resolver; tell whether it gave a result for it."""
    seconds = min(DOMAIN_SECONDS, until - time.monotonic())
    if seconds < 1:
        return False
    said = _said("timeout", f"{seconds:.0f}", str(_checkdmarc()), "--nameserver", "127.0.0.1", "--timeout", "5", "--check-mx-tls", name)
    try:
        return json.loads(said)["domain"] == name
    except (ValueError, KeyError, TypeError):
        return False


def _checkdmarc_is_there() -> bool:
    """Install checkdmarc into an environment of its own, once; say why when that cannot be."""
    if _checkdmarc().exists():
        return True
    # Not with uv or from the lock: it is no part of Meetlat and never imported.
    commands = ([sys.executable, "-m", "venv", str(CHECKDMARC_HOME)], [str(CHECKDMARC_HOME / "bin/pip"), "install", "-q", CHECKDMARC])
    for command in commands:
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            shutil.rmtree(CHECKDMARC_HOME, ignore_errors=True)
            print(f"{CHECKDMARC} could not be installed: {(done.stderr.strip().splitlines() or ['no reason given'])[-1]}", file=sys.stderr)
            return False
    return True


def _checkdmarc() -> Path:
    """Return where its program is."""
    return CHECKDMARC_HOME / "bin" / "checkdmarc"


def _sample(state: Path, size: int) -> list[str]:
    """Draw domains at random, the same every time; a smaller sample is the beginning of a larger one."""
    with (state / "targets.csv").open(encoding="utf-8") as file:
        names = [row["domain"] for row in csv.DictReader(file)]
    random.Random(1).shuffle(names)  # noqa: S311 - repeatable on purpose
    return names[:size]


def lab(*arguments: str) -> list[str]:
    """Return a command of the lab."""
    return [sys.executable, "-m", "lab", *arguments]


def _state() -> Path:
    """Return the lab's state folder."""
    return Path(os.environ["MEETLAT_LAB_STATE"])


def _said(*command: str) -> str:
    """Run a client and return what it said."""
    return subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, errors="replace", check=False).stdout


def _cpu_of_children() -> float:
    """Return the CPU seconds of all processes that we started and that have ended, with theirs."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


if __name__ == "__main__":
    sys.exit(main())
