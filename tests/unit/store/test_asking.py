# SPDX-License-Identifier: EUPL-1.2
"""A measurement keeps as whom it asked, goes on only as that, and passes it on to nobody."""

import json
import re
from dataclasses import asdict, replace

import pytest

from meetlat.store import folder as layout
from meetlat.store.errors import Fault, MeasurementError
from meetlat.store.folder import create, read_run, resume
from meetlat.store.manifest import read_manifest
from tests.unit.made_up import ASKING, CONTACT, RUN, SHARDS, measurement


@pytest.mark.parametrize(
    ("asking", "word"),
    [
        pytest.param(replace(ASKING, contact="anders@duinrade.example"), f"contact '{CONTACT}'", id="other contact"),
        pytest.param(replace(ASKING, ehlo_name="elders.duinrade.example"), "ehlo_name 'meten.duinrade.example'", id="other EHLO name"),
        pytest.param(replace(ASKING, opt_out_sha256="b" * 64), "opt_out (3 prefixes)", id="other list, of the same length"),
        pytest.param(replace(ASKING, opt_out_prefixes=0), "opt_out (3 prefixes)", id="no list"),
        pytest.param(replace(ASKING, limits={**ASKING.limits, "connect_seconds": 9}), "connect_seconds 5", id="other limit"),
        pytest.param(None, "asking", id="not said"),
    ],
)
def test_resume_as_somebody_else_is_refused(tmp_path, asking, word):
    """The sentence says as whom it began, for that is what to give; and nothing of it is changed."""
    begun = create(tmp_path, RUN, SHARDS)
    with pytest.raises(MeasurementError, match=re.escape(f"other settings ({word})")):
        resume(tmp_path, replace(RUN, asking=asking), SHARDS)
    assert read_run(tmp_path) == begun


@pytest.mark.parametrize("first", [10, 900, None])
def test_another_budget_goes_on_and_is_written_down(tmp_path, first):
    """Larger, smaller, or with an end to it at last: what is asked stays the same. The same budget again adds nothing."""
    create(tmp_path, replace(RUN, asking=replace(ASKING, budgets=(first,))), SHARDS)
    for budgets in [(first, 500), (first, 500), (first, 500, None)]:
        again = resume(tmp_path, replace(RUN, asking=replace(ASKING, budgets=budgets[-1:])), SHARDS)
        assert again == read_run(tmp_path)
        assert again.asking.budgets == budgets


def test_who_asked_stands_in_run_json_alone(tmp_path):
    """The manifest, which is all that a publication is given, does not have it."""
    sealed = tmp_path / "m"
    measurement(sealed, SHARDS, {})
    assert read_run(sealed).asking == ASKING
    assert read_manifest(sealed).run.asking is None
    assert [path.name for path in sealed.rglob("*") if path.is_file() and CONTACT.encode() in path.read_bytes()] == [layout.RUN]


def test_a_measurement_that_does_not_say_who_asked_can_be_read(tmp_path):
    """As every measurement was before it was kept."""
    create(tmp_path, RUN, SHARDS)
    stored = json.loads((tmp_path / layout.RUN).read_text())
    del stored["asking"]
    (tmp_path / layout.RUN).write_text(json.dumps(stored))
    assert read_run(tmp_path).asking is None


@pytest.mark.parametrize("asking", [7, "x", ["contact"], {"contact": "x"}, {**asdict(ASKING), "budgets": 5}, {**asdict(ASKING), "more": 1}])
def test_an_asking_that_is_none_is_damage(tmp_path, asking):
    """Whatever stands in its place."""
    create(tmp_path, RUN, SHARDS)
    stored = json.loads((tmp_path / layout.RUN).read_text())
    (tmp_path / layout.RUN).write_text(json.dumps({**stored, "asking": asking}))
    with pytest.raises(MeasurementError) as raised:
        read_run(tmp_path)
    assert raised.value.fault is Fault.DAMAGED
