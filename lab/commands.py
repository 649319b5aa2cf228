# SPDX-License-Identifier: EUPL-1.2
"""The lab's command line: up, down, status, verify, run."""

import fcntl
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from rich.console import Console

from lab import clock
from lab.clock import NoOtherClockError
from lab.legacy_tls_wheel import NoOldOpenSslError, provide_for
from lab.plan import PROBE
from lab.scenario import ScenarioError, moment_of
from lab.state import SCENARIO, Status, holder, inner_process, is_alive, read_status, remember_holder, state_folder, write_status

_UP_SECONDS = 240
_PROGRAMS = {
    "unshare": "util-linux",
    "nsenter": "util-linux",
    "setpriv": "util-linux",
    "ip": "iproute2",
    "nft": "nftables",
    "nsd": "nsd",
    "unbound": "unbound",
    "nginx": "nginx-light",
    "rpki-client": "rpki-client",
}
_CLIENTS = {
    "dig": "bind9-dnsutils",
    "delv": "bind9-dnsutils",
    "curl": "curl",
    "openssl": "openssl",
    "swaks": "swaks",
    "gnutls-cli": "gnutls-bin",
}
_PHASES = {
    "generating": "writing zones, certificates and configurations",
    "starting": "starting the servers",
    "waiting": "waiting until every server answers",
}
_SIZES = ("small", "full", "demo")
_LONGEST_UP = timedelta(days=1)  # after two days signatures that are not valid yet begin to be

app = typer.Typer(no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False)
_out = Console(highlight=False)
_err = Console(stderr=True, highlight=False)


@app.command()
def up(
    size: Annotated[str, typer.Option("--size", help="small (some 280 domains), full (2,500) or demo (240, without oddities).")] = "small",
    scenario: Annotated[Path | None, typer.Option("--scenario", help="Another scenario file.")] = None,
    edition: Annotated[
        str, typer.Option("--edition", help="The same government at another moment; without it, plain and at present.")
    ] = "",
) -> None:
    """Raise the lab and wait until every server answers."""
    if size not in _SIZES:
        _stop(f"--size {size[:40]!r}: choose from {', '.join(_SIZES)}.")
    _need({**_PROGRAMS, **_CLIENTS})
    state = state_folder()
    path = (scenario or SCENARIO).resolve()
    try:
        asked = Status("generating", size, str(path) if scenario else "", "", edition=edition)
        asked = replace(asked, digest=hashlib.sha256(path.read_bytes()).hexdigest())
        asked = _dated(asked, datetime.now(UTC).replace(microsecond=0))
        state.mkdir(parents=True, exist_ok=True)
        with _locked(state):
            if (pid := holder(state)) is None:
                provide_for(path)
                _raise(state, asked)
            else:
                _join(state, pid, asked)
    except OSError as error:
        _stop(f"{error.filename or state}: {error.strerror}.")
    except (NoOldOpenSslError, NoOtherClockError, ScenarioError) as error:
        _stop(str(error))


def _dated(asked: Status, now: datetime) -> Status:
    """Put a lab at the moment of its edition. Raises ScenarioError."""
    moment = moment_of(asked.path, asked.edition, now) if asked.edition else now
    return replace(asked, now=moment.isoformat(), behind=round((now - moment).total_seconds()))


def _join(state: Path, pid: int, asked: Status) -> None:
    """Say that the lab is up already, wait for one that is on its way, or say why it is not the one that was asked for."""
    known = read_status(state)
    if known is None or (known.size, known.edition, known.digest) != (asked.size, asked.edition, asked.digest):
        _stop("The lab is up in another size or edition, or from another scenario than it is now; say `meetlat lab down` first.")
    if known.said:
        _stop(f"The lab is not whole ({known.said}); say `meetlat lab down` first.")
    if datetime.now(UTC) - known.raised > _LONGEST_UP:
        _stop(f"The lab was raised at {known.raised.isoformat()}, and its signatures age; say `meetlat lab down` first.")
    if known.phase == "up":
        _out.print(f"The lab is up already ({known.size}, {known.counts.get('domains')} domains).", soft_wrap=True)
    else:
        _follow(state, pid)


def _raise(state: Path, asked: Status) -> None:
    """Start the holder and follow what it says until it is up or has failed."""
    clock.environment(asked.behind)  # before anything is begun, so that what it needs is missed at once
    write_status(state, asked)
    (state / "logs").mkdir(exist_ok=True)
    with _log(state).open("wb") as log:
        process = subprocess.Popen(
            [*_holding(), sys.executable, "-m", "lab.supervisor", str(state)],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, env=_environment(), cwd="/",
        )  # fmt: skip
    remember_holder(state, process.pid)
    try:
        _follow(state, process.pid)
    except KeyboardInterrupt:
        _end(process.pid)
        raise


def _follow(state: Path, pid: int) -> None:
    """Show the phases of a lab that is on its way, until it is up; end it when it fails."""
    began = time.monotonic()
    shown = ""
    while time.monotonic() - began < _UP_SECONDS:
        is_held = is_alive(pid)  # before the status is read, so that a last word is not missed
        known = read_status(state)
        if known and known.phase != shown and known.phase in _PHASES:
            shown = known.phase
            _err.print(f"[dim]{time.monotonic() - began:5.1f} s[/dim] {_PHASES[shown]}")
        if known and known.phase == "up":
            counts = known.counts
            _out.print(
                f"The lab is up after {time.monotonic() - began:.1f} s: {counts['domains']} domains, {counts['zones']} zones, "
                f"{counts['web']} web listeners, {counts['mail']} mail servers.",
                soft_wrap=True,
            )
            return
        if not is_held or (known and known.phase == "failed"):
            _end(pid)
            _stop(f"The lab did not come up: {known.said if known and known.said else _last_words(state)}")
        time.sleep(0.1)
    _end(pid)
    _stop(f"The lab did not come up within {_UP_SECONDS} s; see {state / 'logs'}.")


def _log(state: Path) -> Path:
    """Return where the supervisor's log stands."""
    return state / "logs" / "supervisor.log"


def _last_words(state: Path) -> str:
    """Return the last line that the supervisor, or the program that was to start it, wrote."""
    lines = _log(state).read_text(encoding="utf-8", errors="replace").strip().splitlines()
    return f"{lines[-1] if lines else 'it stopped without a word'} (see {_log(state)})"


def _holding() -> list[str]:
    """Return the command that gives the supervisor namespaces of its own; without root through a user namespace."""
    flags = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    return ["unshare", *flags] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", *flags]


@app.command()
def down() -> None:
    """Lower the lab; nothing of it stays behind."""
    state = state_folder()
    if not state.is_dir() or holder(state) is None:
        _out.print("The lab is not up.")
        return
    with _locked(state):
        # Somebody may have lowered it while we waited for our turn; the number could be another process by now.
        if (pid := holder(state)) is not None and not _end(pid):
            _stop(f"The lab does not end; its process is {pid}.")
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
    edition = f", edition {known.edition}" if known.edition else ""
    _out.print(f"The lab is {known.phase} ({known.size}{edition}, raised {known.raised.isoformat()}, state in {state}).")
    if known.behind:
        _out.print(f"  its clock began at {known.now}")
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
    _become(command, {**os.environ, "MEETLAT_NETWORK": str(state_folder() / "network.toml"), "PATH": _path(), **_clock()})


@app.command()
def verify(
    domains: Annotated[list[str] | None, typer.Argument(help="Only these; otherwise all special ones and a sample of the rest.")] = None,
) -> None:
    """Check the servers against the scenario with dig, delv, curl, openssl and swaks; never with Meetlat."""
    _need(_CLIENTS)
    known = read_status(state_folder())
    if known and known.behind:
        _stop("The clients of `lab verify` do not work with a clock that is set back; verify the edition of the present, or the plain lab.")
    _become([sys.executable, "-m", "lab.verify", str(state_folder()), *(domains or ())], _environment())


def _clock() -> Mapping[str, str]:
    """Return what lets a command see the day that the lab lives in."""
    known = read_status(state_folder())
    try:
        return clock.environment(known.behind if known else 0)
    except NoOtherClockError as error:
        _stop(str(error))


def _become(command: list[str], environment: dict[str, str]) -> NoReturn:
    """Go on as a command inside the lab.

    Ctrl-C reaches the command, and nsenter must outlive it to pass on how it ended. When we are ended, the command is too.
    """
    inside = [*entering(PROBE.name), "setpriv", "--pdeathsig", "TERM", "env", "--default-signal=INT", "--", *command]
    sys.stdout.flush()
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    os.execvpe(inside[0], inside, environment)  # noqa: S606 - no shell is wanted


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


def _end(pid: int) -> bool:
    """End the holder, and tell whether it and all that it held are gone; the kernel ends everything below it."""
    inner = inner_process(pid)
    with suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    for _ in range(200):
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        # The first process of a pid namespace goes last of all that live in it.
        if not is_alive(pid) and (inner is None or not is_alive(inner)):
            return True
        time.sleep(0.05)
    return False


def _need(programs: dict[str, str]) -> None:
    """Stop with one sentence when programs are missing."""
    missing = sorted({package for name, package in programs.items() if shutil.which(name, path=_path()) is None})
    if missing:
        _stop(f"The lab needs Debian packages that are not installed; say: apt-get install --no-install-recommends {' '.join(missing)}")


def _environment() -> dict[str, str]:
    """Return the environment of the lab's own programs: they find this package wherever they are started."""
    return {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path), "PATH": _path()}


def _path() -> str:
    """Return the search path with the places where Debian keeps servers."""
    return os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin", "/usr/local/sbin"])


def _stop(sentence: str) -> NoReturn:
    """Say what is wrong and exit with 2."""
    _err.print(f"[red]{sentence}[/red]", soft_wrap=True)
    raise typer.Exit(2)
