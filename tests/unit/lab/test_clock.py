# SPDX-License-Identifier: EUPL-1.2
"""The clock of the lab: set back for what is started in an edition of another day, and left alone otherwise."""

import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from lab.clock import NoOtherClockError, _library, environment
from lab.state import Status

_ASK = (
    "import datetime, time; a = time.monotonic(); print(datetime.datetime.now(datetime.UTC).isoformat()); print(time.monotonic() - a < 60)"
)


def test_our_own_clock_needs_nothing():
    """The present edition runs without any of it."""
    assert environment(0) == {}


def test_a_program_sees_the_day_and_measures_time_as_ever():
    """The time of day is so many seconds back; how long something takes is not touched."""
    behind = timedelta(days=400)
    done = subprocess.run(
        [sys.executable, "-c", _ASK],
        env={**os.environ, **environment(int(behind.total_seconds()))},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    seen, is_steady = done.stdout.split()
    assert abs(datetime.now(UTC) - behind - datetime.fromisoformat(seen)) < timedelta(minutes=1)
    assert is_steady == "True"


def test_a_missing_library_is_named_with_its_package(tmp_path):
    """Who has not got it reads what to install."""
    with pytest.raises(NoOtherClockError, match=r"apt-get install .*faketime"):
        _library([str(tmp_path)])


@pytest.mark.parametrize(
    ("edition", "behind", "vantage"),
    [
        ("", 0, "lab"),
        ("now", 0, "lab (edition now)"),
        ("2025-09", 86_400, "lab (edition 2025-09, clock set back)"),
    ],
)
def test_a_measurement_says_where_and_when_it_was_made(edition, behind, vantage):
    """Nobody can take a measurement of the lab for one of the internet, or of another day for one of that day."""
    status = Status("up", "demo", "", "2025-09-01T09:00:00+00:00", edition=edition, behind=behind)
    assert status.vantage == vantage
    assert status.raised - status.moment == timedelta(seconds=behind)
