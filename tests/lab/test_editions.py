# SPDX-License-Identifier: EUPL-1.2
"""An edition of another day: real servers whose clock is set back, measured on that day by the norms of that day."""

from datetime import date

import pytest

from lab.truth import differences, intended_under, intended_verdicts, read_truth
from meetlat.analysis.verdicts import verdicts_by_key
from meetlat.store.manifest import read_manifest
from tests.lab.conftest import Lab

_DOMAINS = 80  # of the 236: those that come first, with all that the scenario names


@pytest.fixture(scope="module")
def early(tmp_path_factory):
    """Raise the first edition in a state folder of its own, and measure a part of it."""
    folder = tmp_path_factory.mktemp("edition")
    raised = Lab(folder / "state")
    up = raised.command("up", "--size", "demo", "--edition", "2025-09")
    assert up.returncode == 0, up.stdout + up.stderr
    lines = (raised.state / "targets.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (folder / "targets.csv").write_text("".join(lines[: _DOMAINS + 1]), encoding="utf-8")
    done = raised.meetlat("measure", str(folder / "targets.csv"), "-o", str(folder / "meting"))
    down = raised.command("down")
    assert down.returncode == 0, down.stdout + down.stderr
    assert done.returncode == 0, done.stdout + done.stderr
    return raised, folder / "meting"


def test_every_intended_verdict_of_an_early_edition_is_measured(early):
    """What the edition intends, by the norms that were in force on its day, is what was measured."""
    raised, measured = early
    manifest = read_manifest(measured)
    assert manifest.run.norms["tls"] == "2.1"
    truth = intended_under(read_truth(raised.state / "truth.json")[:_DOMAINS], manifest.run.norms)
    assert intended_verdicts(truth) > 3000
    assert differences(truth, verdicts_by_key(measured)) == []


def test_the_measurement_is_of_that_day_and_says_how(early):
    """Everything that was measured is dated on the day of the edition, and the vantage tells that the clock was set."""
    _, measured = early
    manifest = read_manifest(measured)
    assert manifest.run.started.date() == manifest.finished.date() == date(2025, 9, 1)
    assert manifest.run.vantage == "lab (edition 2025-09, clock set back)"
