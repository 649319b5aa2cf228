# SPDX-License-Identifier: EUPL-1.2
"""The process that is the lab: makes everything, starts every server, and lives as long as they should.

Runs as the first process of a pid namespace, so that its end is the end of all its servers.
"""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import asdict, replace
from pathlib import Path

from lab import clock, dns_faults, legacy_tls, mail, nsd, odd_tls, odd_web, pki, rpki, web, zones
from lab.listing import named_suppliers, targets
from lab.network import NetworkFailedError, inside, raise_network
from lab.plan import PROBE, Plan, Program
from lab.readiness import NotReadyError
from lab.resolver import programs as resolver_programs
from lab.resolver import write as write_resolver
from lab.rpki import NotValidatedError
from lab.scenario import ScenarioError, plan_of, read
from lab.state import Status, read_status, write_status, write_whole

_MAKERS = (pki, rpki, zones, nsd, dns_faults, web, odd_web, odd_tls, legacy_tls, mail)
_PROGRAMS = (nsd, dns_faults, web, odd_web, odd_tls, legacy_tls, mail)


def main(state: Path) -> int:
    """Raise the lab that status.json asks for, and hold it until somebody ends this process."""
    asked = read_status(state)
    if asked is None:
        return 2
    (state / "logs").mkdir(exist_ok=True)
    try:
        # For what is started from here, and not for this process itself.
        os.environ.update(clock.environment(asked.behind))
        plan = plan_of(asked)
        _make(plan, state, asked)
        write_status(state, replace(asked, phase="starting"))
        raise_network(plan.blocked)
        _bind_resolv_conf(state)
        running = _start(plan, state)
        write_status(state, replace(asked, phase="waiting"))
        _until_ready(state, running)
    except (ScenarioError, NetworkFailedError, NotReadyError, NotValidatedError, ValueError, OSError) as error:
        write_status(state, replace(asked, phase="failed", said=str(error)))
        return 1
    held = {"domains": plan.intended, "zones": plan.zones, "web": plan.web, "mail": plan.mail, "programs": running}
    counts = {name: len(each) for name, each in held.items()}
    write_status(state, replace(asked, phase="up", counts=counts))
    return _watch(state, running)


def _make(plan: Plan, state: Path, asked: Status) -> None:
    """Write every file: zones, certificates, configurations, what the product needs, and the truth."""
    for maker in _MAKERS:
        maker.write(plan, state, asked.moment)
    write_resolver(state)
    data = read(asked.path)
    write_whole(state / "targets.csv", targets(plan, data))
    write_whole(state / "suppliers.toml", named_suppliers(data))
    write_whole(state / "truth.json", json.dumps([asdict(one) for one in plan.intended], ensure_ascii=False, indent=1))
    write_whole(state / "network.toml", _network_file(state, asked.vantage))


def _network_file(state: Path, vantage: str) -> str:
    """Describe this network for the product."""
    return (
        f'name = "{vantage}"\n'
        f'root_hints = "{state / "root.hints"}"\n'
        f'trust_anchor = "{state / "trust-anchor"}"\n'
        f'ca_bundle = "{state / "ca.pem"}"\n'
        'allowed_prefixes = ["198.18.0.0/15", "2001:db8::/32"]\n'
        'local_zones_nodefault = ["8.b.d.0.1.0.0.2.ip6.arpa."]\n'
    ) + rpki.network_lines(state)


def _bind_resolv_conf(state: Path) -> None:
    """Let programs of the lab ask the lab's resolver, in this mount namespace only."""
    resolv = state / "resolv.conf"
    resolv.write_text("nameserver 127.0.0.1\noptions edns0 trust-ad\n", encoding="utf-8")
    # On many systems it is a link into /run, which is empty here: the place that it points at must exist to be covered.
    place = Path("/etc/resolv.conf").resolve()
    if not place.exists():
        if not place.is_relative_to("/run"):
            return  # without the file the C library asks 127.0.0.1, and that is the lab's resolver
        place.parent.mkdir(parents=True, exist_ok=True)
        place.touch()
    done = subprocess.run(["mount", "--bind", str(resolv), str(place)], check=False, capture_output=True, text=True)
    if done.returncode:
        raise NetworkFailedError(f"{place} could not be covered: {done.stderr.strip()}")


def _start(plan: Plan, state: Path) -> dict[str, subprocess.Popen[bytes]]:
    """Start every program in its segment."""
    programs: list[Program] = [program for maker in _PROGRAMS for program in maker.programs(plan, state)]
    running = {}
    for program in [*programs, *resolver_programs(state)]:
        log = (state / "logs" / f"{program.name}.log").open("wb")
        environment = {**os.environ, **dict(program.environment)}
        running[program.name] = subprocess.Popen(
            inside(program.segment, program.argv), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
        )
        log.close()
    return running


def _until_ready(state: Path, running: dict[str, subprocess.Popen[bytes]]) -> None:
    """Wait until a probe of every server, from the probe segment, succeeds; a program that stops is named at once."""
    command = inside(PROBE.name, [sys.executable, "-m", "lab.readiness", str(state)])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as probing:
        while probing.poll() is None:
            stopped = [name for name, process in running.items() if process.poll() is not None]
            if stopped:
                probing.kill()
                raise NotReadyError(f"{', '.join(stopped)} stopped at once; see {state / 'logs' / (stopped[0] + '.log')}")
            time.sleep(0.1)
        if probing.returncode:
            said = probing.stdout.read().strip() if probing.stdout else ""
            raise NotReadyError(said or f"the readiness probe failed; see {state / 'logs' / 'supervisor.log'}")


def _watch(state: Path, running: dict[str, subprocess.Popen[bytes]]) -> int:
    """Reap what ends, and say in the status which program stopped; end on SIGTERM."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    told: set[str] = set()
    while True:
        time.sleep(1)
        stopped = {name for name, process in running.items() if process.poll() is not None}
        if stopped - told:
            told = stopped
            now = read_status(state)
            if now:
                write_status(state, replace(now, said=f"stopped: {', '.join(sorted(stopped))}"))


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
