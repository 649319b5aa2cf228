# SPDX-License-Identifier: EUPL-1.2
"""The lab's command line: up, down, status, verify, run."""

import fcntl
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from lab.plan import PROBE
from lab.state import Status, holder, inner_process, read_status, remember_holder, state_folder, write_status

_UP_SECONDS = 240
_PROGRAMS = {
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "ip": "iproute2",
    "nft": "nftables",
    "nsd": "nsd",
    "unbound": "unbound",
    "nginx": "nginx-light",
}
_CLIENTS = {"dig": "bind9-dnsutils", "curl": "curl", "openssl": "openssl", "swaks": "swaks"}
_PHASES = {
    "generating": "writing zones, certificates and configurations",
    "starting": "starting the servers",
    "waiting": "waiting until every server answers",
}
_SIZES = ("small", "full")

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False)


@app.command()
def up(
    size: Annotated[str, typer.Option("--size", help="small (some 130 domains) or full (2,500).")] = "small",
    scenario: Annotated[Path | None, typer.Option("--scenario", help="Another scenario file.")] = None,
) -> None:
    """Raise the lab and wait until every server answers."""
    if size not in _SIZES:
        _stop(f"--size {size[:40]!r}: choose from {', '.join(_SIZES)}.")
    _need({**_PROGRAMS, **_CLIENTS})
    state = state_folder()
    state.mkdir(parents=True, exist_ok=True)
    with _locked(state):
        if holder(state) is not None:
            known = read_status(state)
            if known and known.phase == "up" and known.size == size and not scenario:
                _out.print(f"The lab is up already ({known.size}, {known.counts.get('domains')} domains).")
                return
            _stop("The lab is up in another size or with another scenario; say `meetlat lab down` first.")
        _raise(state, size, scenario)


def _raise(state: Path, size: str, scenario: Path | None) -> None:
    """Start the holder and follow what it says until it is up or has failed."""
    now = datetime.now(UTC).replace(microsecond=0)
    write_status(state, Status("generating", size, str(scenario.resolve()) if scenario else "", now.isoformat()))
    (state / "logs").mkdir(exist_ok=True)
    with (state / "logs" / "supervisor.log").open("wb") as log:
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PATH": _path()}
        process = subprocess.Popen(
            [*_holding(), sys.executable, "-m", "lab.supervisor", str(state)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=environment, cwd="/",
        )  # fmt: skip
    remember_holder(state, process.pid)
    began = time.monotonic()
    shown = ""
    while time.monotonic() - began < _UP_SECONDS:
        status = read_status(state)
        if status and status.phase != shown and status.phase in _PHASES:
            shown = status.phase
            _err.print(f"[dim]{time.monotonic() - began:5.1f} s[/dim] {_PHASES[shown]}")
        if status and status.phase == "up":
            counts = status.counts
            _out.print(
                f"The lab is up after {time.monotonic() - began:.1f} s: {counts['domains']} domains, {counts['zones']} zones, "
                f"{counts['web']} web listeners, {counts['mail']} mail servers."
            )
            return
        if process.poll() is not None or (status and status.phase == "failed"):
            said = status.said if status and status.said else f"see {state / 'logs' / 'supervisor.log'}"
            _end(process.pid)
            _stop(f"The lab did not come up: {said}")
        time.sleep(0.1)
    _end(process.pid)
    _stop(f"The lab did not come up within {_UP_SECONDS} s; see {state / 'logs'}.")


def _holding() -> list[str]:
    """Return the command that gives the supervisor namespaces of its own; without root through a user namespace."""
    flags = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return ["unshare", *flags] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", *flags]


@app.command()
def down() -> None:
    """Lower the lab; nothing of it stays behind."""
    state = state_folder()
    if not state.is_dir() or (pid := holder(state)) is None:
        _out.print("The lab is not up.")
        return
    with _locked(state):
        _end(pid)
        (state / "holder").unlink(missing_ok=True)
    _out.print("The lab is down.")


@app.command()
def status() -> None:
    """Say whether the lab is up, and what it holds. Exit code 1 when it is not."""
    state = state_folder()
    known = read_status(state)
    if holder(state) is None or known is None:
        _out.print("The lab is not up.")
        raise typer.Exit(1)
    _out.print(f"The lab is {known.phase} ({known.size}, raised {known.now}, state in {state}).")
    for name, count in known.counts.items():
        _out.print(f"  {name}: {count}")
    if known.said:
        _out.print(f"[red]  {known.said}[/red]")
        raise typer.Exit(1)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def run(context: typer.Context) -> None:
    """Run a command inside the lab, at the place that Meetlat measures from: meetlat lab run -- dig nl SOA."""
    command = [word for number, word in enumerate(context.args) if number or word != "--"]
    if not command:
        _stop("Say which command: meetlat lab run -- COMMAND.")
    environment = {**os.environ, "MEETLAT_NETWORK": str(state_folder() / "network.toml"), "PATH": _path()}
    # Ctrl-C is for the command; we only pass on how it ended.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    done = subprocess.run(
        [*entering(PROBE.name), *command],
        env=environment, check=False, preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )  # fmt: skip
    raise typer.Exit(done.returncode if done.returncode >= 0 else 128 - done.returncode)


@app.command()
def verify() -> None:
    """Check the servers against the scenario with dig, curl, openssl and swaks; never with Meetlat."""
    _need(_CLIENTS)
    command = [*entering(PROBE.name), sys.executable, "-m", "lab.verify", str(state_folder())]
    raise typer.Exit(subprocess.run(command, check=False, env={**os.environ, "PATH": _path()}).returncode)


def entering(segment: str) -> list[str]:
    """Return the command that brings another one into a segment of the running lab, in the present directory."""
    pid = holder(state_folder())
    inner = inner_process(pid) if pid else None
    if inner is None:
        _stop("The lab is not up; say `meetlat lab up` first.")
    user = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
    here = ["--wdns=" + str(Path.cwd())]
    return ["nsenter", f"--target={inner}", *user, "--mount", "--net", "--pid", *here, "ip", "netns", "exec", segment]


@contextmanager
def _locked(state: Path) -> Iterator[None]:
    """Let one command at a time raise or lower the lab."""
    with (state / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def _end(pid: int) -> None:
    """End the holder and wait until it is gone; the kernel ends everything below it."""
    try:
        os.kill(pid, signal.SIGKILL)
    except ProcessLookupError:
        return
    for _ in range(100):
        try:
            if os.waitpid(pid, os.WNOHANG)[0]:
                return
        except ChildProcessError:
            if not Path(f"/proc/{pid}").exists():
                return
        time.sleep(0.05)


def _need(programs: dict[str, str]) -> None:
    """Stop with one sentence when programs are missing."""
    missing = sorted({package for name, package in programs.items() if shutil.which(name, path=_path()) is None})
    if missing:
        _stop(f"The lab needs Debian packages that are not installed; say: apt-get install --no-install-recommends {' '.join(missing)}")


def _path() -> str:
    """Return the search path with the places where Debian keeps servers."""
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin", "/usr/local/sbin"])


def _stop(sentence: str) -> NoReturn:
    """Say what is wrong and exit with 2."""
    _err.print(f"[red]{sentence}[/red]", soft_wrap=True)
    raise typer.Exit(2)
