# SPDX-License-Identifier: EUPL-1.2
"""The miniature internet, raised once in each process that runs lab tests, and one measurement of its whole government."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]


class Lab:
    """A running lab: its state folder, and how to run the product inside it."""

    def __init__(self, state: Path) -> None:
        self.state = state
        self.environment = {**os.environ, "MEETLAT_LAB_STATE": str(state), "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}", "COLUMNS": "160"}

    def command(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run a command of the lab itself."""
        command = [sys.executable, "-m", "lab", *arguments]
        return subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, timeout=900, check=False)

    def meetlat(self, *arguments: str) -> subprocess.CompletedProcess:
        """Run a command of the product in the lab's probe namespace."""
        return self.command("run", "--", sys.executable, "-m", "meetlat", *arguments)


@pytest.fixture(scope="session")
def lab(tmp_path_factory):
    """Raise the small lab in a state folder of its own, and lower it afterwards."""
    raised = Lab(tmp_path_factory.mktemp("lab") / "state")
    up = raised.command("up", "--size", "small")
    assert up.returncode == 0, up.stdout + up.stderr
    yield raised
    down = raised.command("down")
    assert down.returncode == 0, down.stdout + down.stderr


@pytest.fixture(scope="session")
def measurement(lab, tmp_path_factory):
    """Measure the whole government of the small lab, once."""
    folder = tmp_path_factory.mktemp("measurement") / "meting"
    done = lab.meetlat("measure", str(lab.state / "targets.csv"), "-o", str(folder))
    assert done.returncode == 0, done.stdout + done.stderr
    return folder
