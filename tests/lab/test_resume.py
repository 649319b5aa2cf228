# SPDX-License-Identifier: EUPL-1.2
"""A measurement that is killed goes on with the same command, and loses at most the shards in hand."""

import signal
import subprocess
import sys
import time

import pytest

from meetlat.analysis.verdicts import verdicts_by_key
from meetlat.store.folder import finished_shards, is_begun, is_sealed


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT], ids=["kill -9", "Ctrl-C"])
def test_the_same_command_goes_on(lab, measurement, tmp_path, how):
    """After a kill the folder is unfinished but not damaged; the same command finishes it with the same verdicts."""
    folder = tmp_path / "meting"
    command = ["measure", str(lab.state / "targets.csv"), "-o", str(folder), "--in-flight", "20"]
    # A process group of its own, so that the signal reaches the measurement inside the namespace as it would from a terminal.
    with subprocess.Popen(
        [sys.executable, "-m", "lab", "run", "--", sys.executable, "-m", "meetlat", *command],
        env=lab.environment,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        _until(lambda: is_begun(folder), running)
        time.sleep(1)
        _signal(command, how)
        output = running.communicate(timeout=60)[0]
    assert "Traceback" not in output
    assert not is_sealed(folder)
    before = finished_shards(folder)
    done = lab.meetlat(*command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert before <= finished_shards(folder)
    assert verdicts_by_key(folder) == verdicts_by_key(measurement)


def _until(holds, running):
    """Wait until something holds, as long as the process runs."""
    for _ in range(600):
        if holds():
            return
        assert running.poll() is None, running.stdout.read()
        time.sleep(0.1)
    raise AssertionError("it did not begin within a minute")


def _signal(command, how):
    """Signal the measuring process itself, wherever it runs on this machine."""
    found = subprocess.run(["pgrep", "-f", f"meetlat measure .* {command[3]} "], capture_output=True, text=True, check=True)
    for process in found.stdout.split():
        name = subprocess.run(["ps", "-o", "args=", "-p", process], capture_output=True, text=True, check=False).stdout
        if " -m lab " not in name:
            subprocess.run(["kill", f"-{how.value}", process], check=False)
