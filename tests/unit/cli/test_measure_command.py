# SPDX-License-Identifier: EUPL-1.2
"""The command measure as the person gives it: as whom it asks is kept, and found unchanged when it goes on."""

import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from meetlat.cli.main import app
from meetlat.model.evidence import Observation
from meetlat.probes.prober import Prober
from meetlat.store.errors import Fault, MeasurementError

AS = ("--contact", "meting@duinrade.example", "--ehlo-name", "meten.duinrade.example")


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A place for a measurement of one domain that does not exist, on a network where nothing is asked of anyone."""

    class Nothing(Prober):
        async def observe(self, need, attempt=1):
            answer = {"rcode": "NXDOMAIN", "security": "secure", "records": []}
            return Observation(need, datetime(2026, 6, 1, tzinfo=UTC), answer=answer, attempt=attempt)

    @asynccontextmanager
    async def connected(gate, _resolver, **_):
        yield Nothing({}, gate)

    monkeypatch.setattr("meetlat.cli.connecting.connected", connected)
    (tmp_path / "list.csv").write_text("domain,organisation,group,roles\nduinrade.example,Gemeente Duinrade,Gemeenten,web\n")
    (tmp_path / "alone.txt").write_text("# wil niet\n198.51.100.0/24\n2001:db8::/32\n")
    (tmp_path / "same.txt").write_text("2001:db8::/32 # ander commentaar\n198.51.100.0/24\n198.51.100.0/24\n")
    (tmp_path / "more.txt").write_text("198.51.100.0/24\n2001:db8::/32\n203.0.113.1\n")
    return tmp_path / "m"


def _measure(folder, *more):
    names = [str(folder.parent / one) if one.endswith(".txt") else one for one in (*AS, *more)]
    return CliRunner().invoke(app, ["measure", str(folder.parent / "list.csv"), "-o", str(folder), *names])


def _interrupted(folder, monkeypatch, *more):
    """Measure, and be stopped before it is judged."""
    with monkeypatch.context() as patch:
        patch.setattr("meetlat.cli.measure.judged_and_sealed", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
        assert _measure(folder, *more).exit_code == 130


def test_as_whom_it_asked_is_kept(folder):
    """Contact, name behind EHLO, how many want to be left alone, limits, and the budget."""
    assert _measure(folder, "--opt-out", "alone.txt", "--max-connections", "900").exit_code == 0
    kept = json.loads((folder / "run.json").read_text())["asking"]
    assert kept["contact"] == "meting@duinrade.example"
    assert kept["ehlo_name"] == "meten.duinrade.example"
    assert kept["opt_out_prefixes"] == 2
    # sha256sum of the two lines "198.51.100.0/24" and "2001:db8::/32".
    assert kept["opt_out_sha256"] == "11e9df82cdcdd0f7f03f61ef5e344bf49ba21168efe03e41320fe6200644b596"
    assert kept["budgets"] == [900]
    assert kept["limits"]["per_mail_address"] == 1
    assert "budget" not in kept["limits"]
    assert "198.51.100" not in (folder / "run.json").read_text()


@pytest.mark.parametrize(
    ("more", "word"),
    [
        pytest.param(("--contact", "ander@duinrade.example"), "contact 'meting@duinrade.example'", id="contact"),
        pytest.param(("--ehlo-name", "ander.example"), "ehlo_name 'meten.duinrade.example'", id="EHLO name"),
        pytest.param(("--opt-out", "more.txt"), "opt_out (2 prefixes)", id="list of those who want to be left alone"),
    ],
)
def test_going_on_as_somebody_else_is_refused(folder, monkeypatch, more, word):
    """One sentence that says as whom it began."""
    _interrupted(folder, monkeypatch, "--opt-out", "alone.txt")
    done = _measure(folder, "--opt-out", "alone.txt", *more)
    assert isinstance(done.exception, MeasurementError)
    assert done.exception.fault is Fault.OTHER_SETTINGS
    assert done.exception.detail == word


@pytest.mark.parametrize(
    ("more", "told"),
    [
        pytest.param(("--opt-out", "same.txt", "--max-connections", "900"), False, id="the same"),
        pytest.param(("--opt-out", "alone.txt", "--max-connections", "5000"), True, id="larger budget"),
        pytest.param(("--opt-out", "alone.txt"), True, id="no budget any more"),
    ],
)
def test_going_on_with_another_budget_is_told(folder, monkeypatch, more, told):
    """And with the same list in another order or with another comment nothing is told, for nothing is other."""
    _interrupted(folder, monkeypatch, "--opt-out", "alone.txt", "--max-connections", "900")
    done = _measure(folder, *more)
    assert done.exit_code == 0, done.output
    assert ("beide aantallen staan in run.json" in " ".join(done.stderr.split())) is told
