# SPDX-License-Identifier: EUPL-1.2
"""The clock of the lab: an edition of another day is raised and measured on that day, by way of libfaketime."""

from collections.abc import Iterable, Mapping
from pathlib import Path

_PLACES = ("/usr/lib/*/faketime", "/usr/lib/faketime", "/usr/lib64/faketime", "/usr/local/lib/faketime")
_LIBRARY = "libfaketimeMT.so.1"  # for programs with threads, such as Unbound
PACKAGE = "faketime"


class NoOtherClockError(ValueError):
    """The clock cannot be set; the message says what is missing."""


def environment(behind: int) -> Mapping[str, str]:
    """Return what a program must be started with to see a clock so many seconds behind ours; nothing when it is ours.

    Only the time of day is set back. Clocks that measure how long something takes go on as they are, and so do the times of files, which
    programs compare with each other. One thing breaks: ``time.sleep`` of Python fails (Errno 22) under libfaketime 0.9.10, which confuses
    the clock that it waits by. Raises NoOtherClockError.
    """
    if not behind:
        return {}
    return {
        "LD_PRELOAD": str(_library()),
        "FAKETIME": f"{-behind:+d}",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "NO_FAKE_STAT": "1",
        "FAKETIME_DISABLE_SHM": "1",
    }


def _library(places: Iterable[str] = _PLACES) -> Path:
    """Find the library, which Debian keeps apart for each kind of machine."""
    found = sorted(path for place in places for path in Path("/").glob(f"{place.lstrip('/')}/{_LIBRARY}"))
    if not found:
        raise NoOtherClockError(f"An edition of another day needs {_LIBRARY}; say: apt-get install --no-install-recommends {PACKAGE}")
    return found[0]
