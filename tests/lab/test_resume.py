# SPDX-License-Identifier: EUPL-1.2
"""A measurement that is killed goes on with the same command, and loses at most the shards in hand."""

import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from lab.truth import differences, intended_verdicts, read_truth
from meetlat.analysis.verdicts import verdicts_by_key
from meetlat.engine.run import SHARD_SIZE
from meetlat.store.folder import finished_shards, is_begun, is_sealed

# Whose mail servers take long to measure, by the names of its variants: these tests are about stopping, not about what is measured.
_SLOW = re.compile(r"mx|ns|dns|lame|servfail|starttls|dane-|slow")


@pytest.fixture(scope="module")
def quick(lab):
    """A list of two shards: mail alone, of domains that share their mail servers, and one website that keeps its shard waiting.

    With it what the scenario intends of these roles.
    """
    truth = [one for one in read_truth(lab.state / "truth.json") if "mail" in one.roles and not any(map(_SLOW.search, one.variants))]
    assert len(truth) > SHARD_SIZE
    roles = {one.domain: "web" if one.variants == ("web-silent",) else "mail" for one in truth}
    assert set(roles.values()) == {"web", "mail"}
    path = lab.state / "quick.csv"
    rows = [f"{name},x,y,{role}" for name, role in roles.items()]
    path.write_text("\n".join(["domain,organisation,group,roles", *rows]), encoding="utf-8")
    return path, [replace(one, verdicts=_of_role(one.verdicts, roles[one.domain])) for one in truth]


def _of_role(verdicts, role):
    """The verdicts of a domain in one of its roles."""
    return {key: verdict for key, verdict in verdicts.items() if key.startswith(f"{role}.")}


@pytest.mark.parametrize("stop", [(signal.SIGKILL, 1), (signal.SIGINT, 0)], ids=["kill -9, one shard done", "Ctrl-C, none"])
def test_the_same_command_goes_on(lab, quick, tmp_path, stop):
    """After a kill the folder is unfinished but not damaged; the same command finishes it, and every verdict is the intended one."""
    path, intended = quick
    how, finished = stop
    folder = tmp_path / "meting"
    command = ["measure", str(path), "-o", str(folder)]
    # A process group of its own, so that the signal reaches the measurement inside the namespace as it would from a terminal.
    with subprocess.Popen(
        [sys.executable, "-m", "lab", "run", "--", sys.executable, "-m", "meetlat", *command],
        env=lab.environment,
        start_new_session=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as running:
        _until(lambda: is_begun(folder) and len(finished_shards(folder)) >= finished, running)
        _signal(command, how)
        output = running.communicate(timeout=60)[0]
    assert "Traceback" not in output
    assert not is_sealed(folder)
    before = finished_shards(folder)
    done = lab.meetlat(*command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert before < finished_shards(folder)
    assert intended_verdicts(intended) > 500
    assert differences(intended, verdicts_by_key(folder)) == []


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
    wanted = [part.encode() for part in ("meetlat", *command)]
    found = [
        int(process.name) for process in Path("/proc").iterdir() if process.name.isdigit() and _arguments(process)[-len(wanted) :] == wanted
    ]
    measuring = [process for process in found if b"lab" not in _arguments(Path("/proc", str(process)))]
    assert measuring, "no process measures into this folder"
    for process in measuring:
        os.kill(process, how)


def _arguments(process):
    """The arguments of a process in /proc; none of one that has just ended."""
    try:
        return (process / "cmdline").read_bytes().split(b"\0")[:-1]
    except OSError:
        return []
