# SPDX-License-Identifier: EUPL-1.2
"""The state folder of the lab: what it says of itself, and which process holds it."""

import json
import os
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
SCENARIO = Path(__file__).resolve().parent / "scenario.toml"


@dataclass(frozen=True, slots=True)
class Status:
    """What the supervisor last said: its phase (generating, starting, waiting, up, failed), and what the lab holds."""

    phase: str
    size: str
    scenario: str
    now: str
    said: str = ""
    counts: dict[str, int] = field(default_factory=dict)
    digest: str = ""  # of the scenario file
    edition: str = ""
    behind: int = 0  # seconds that the clock of the lab is behind ours

    @property
    def path(self) -> Path:
        """The scenario file."""
        return Path(self.scenario) if self.scenario else SCENARIO

    @property
    def vantage(self) -> str:
        """What measurements made here must say of where they were made."""
        clock = ", clock set back" if self.behind else ""
        return f"lab (edition {self.edition}{clock})" if self.edition else "lab"

    @property
    def raised(self) -> datetime:
        """When the lab was raised, by our clock."""
        return self.moment + timedelta(seconds=self.behind)

    @property
    def moment(self) -> datetime:
        """The moment for which the lab was generated."""
        return datetime.fromisoformat(self.now)


def state_folder() -> Path:
    """Return the state folder: .lab beside the sources, unless MEETLAT_LAB_STATE names another."""
    return Path(os.environ.get("MEETLAT_LAB_STATE") or _ROOT / ".lab").resolve()


def write_status(state: Path, status: Status) -> None:
    """Write the status whole."""
    write_whole(state / "status.json", json.dumps(asdict(status), indent=1))


def read_status(state: Path) -> Status | None:
    """Read the status, or None when there is none."""
    try:
        return Status(**json.loads((state / "status.json").read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write_whole(path: Path, text: str) -> None:
    """Write a file under another name and rename it into place."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)


def remember_holder(state: Path, pid: int) -> None:
    """Keep which process holds the lab; the start time tells it from a later process with the same number."""
    write_whole(state / "holder", f"{pid} {_start_time(pid)}")


def holder(state: Path) -> int | None:
    """Return the process that holds the lab, or None when it is not there any more."""
    try:
        pid, started = (state / "holder").read_text(encoding="utf-8").split()
    except (OSError, ValueError):
        return None
    return int(pid) if _start_time(int(pid)) == started else None


def is_alive(pid: int) -> bool:
    """Whether a process is there and not just waiting to be reaped."""
    return bool(_start_time(pid))


def inner_process(pid: int) -> int | None:
    """Return the first process inside the pid namespace of the holder."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="utf-8").split()
    except OSError:
        return None
    return int(children[0]) if children else None


def _start_time(pid: int) -> str:
    """Return when a process started, in the kernel's ticks; empty when there is no such (living) process."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return ""
    return "" if fields[0] == "Z" else fields[19]
