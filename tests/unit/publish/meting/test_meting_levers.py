# SPDX-License-Identifier: EUPL-1.2
"""Suppliers in the report: only who can be called, and only where mending helps more than one."""

from dataclasses import replace
from pathlib import Path

import pytest

from meetlat.analysis.hosting import Layer, Supply, SupplyKind
from meetlat.analysis.leverage import Lever, Lift
from meetlat.analysis.share import Share
from meetlat.model.target import Role
from meetlat.publish.meting import levers
from meetlat.publish.meting.causes import causes_chapter
from meetlat.publish.meting.document import Table
from meetlat.publish.meting.figures import Given
from meetlat.publish.meting.wording import Wording
from meetlat.standards.loading import standards
from tests.unit.publish.meting.measured import BAD, GOOD, figures, measured

NL = Wording("nl")
_LIFT = Lift(("hsts", Role.WEB), 4, 1, 0, Share(5, 10, 1, 2), Share(9, 10, 1, 2))
_LEVER = Lever(
    supply=Supply(Layer.WEB, SupplyKind.SUPPLIER, "webfabriek.example"),
    is_own=False,
    role=Role.WEB,
    standard="hsts",
    rule="hsts.header-is-present",
    failing=5,
    organisations=3,
    elsewhere=0,
    complying=1,
    undetermined=0,
    not_applicable=0,
    others_failing=2,
    others_known=20,
    domains=("a.nl", "b.nl"),
    lift=_LIFT,
    composite=None,
)


@pytest.mark.parametrize(
    ("lever", "shown"),
    [
        pytest.param(_LEVER, 1, id="a supplier that many share"),
        pytest.param(replace(_LEVER, is_own=True), 0, id="the organisation itself"),
        pytest.param(replace(_LEVER, complying=20), 0, id="most there comply: chance"),
        pytest.param(replace(_LEVER, others_failing=18), 0, id="it is broken elsewhere as often"),
        pytest.param(replace(_LEVER, lift=replace(_LIFT, lifted=1)), 0, id="it helps one"),
        pytest.param(replace(_LEVER, supply=Supply(Layer.WEB, SupplyKind.HOST, "192.0.2.1")), 0, id="an address cannot be called"),
    ],
)
def test_only_what_helps_is_shown(monkeypatch, lever, shown):
    """Mending one requirement there makes at least two domains comply."""
    monkeypatch.setattr(levers, "levers", lambda *_: (lever,))
    assert len(levers.lever_figures(Path("m"), standards(), NL)) == shown


def test_the_chapter_shows_the_shares_before_and_after(monkeypatch, tmp_path):
    """With the kind of supplier in words."""
    monkeypatch.setattr(levers, "levers", lambda *_: (_LEVER,))
    given = Given(levers=levers.lever_figures(Path("m"), standards(), NL))
    chapter = causes_chapter(figures(measured(tmp_path / "m", {"Gemeenten": (GOOD, BAD)}), given), NL, 8)
    table = [block for block in chapter.blocks if isinstance(block, Table)][-1]
    (line,) = table.lines
    assert (line.cells[0].text, line.cells[0].small) == ("webfabriek.example", "hosting van websites")
    assert [(cell.text, cell.small, cell.rest) for cell in line.cells[4:]] == [
        ("50,0%", "5 van 10", "? 1 · n.v.t. 2"),
        ("90,0%", "9 van 10", "? 1 · n.v.t. 2"),
    ]
