# SPDX-License-Identifier: EUPL-1.2
"""Suppliers in the report: only who can be called, and only where mending helps more than one."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from meetlat.analysis.hosting import Layer, Supply, SupplyKind
from meetlat.analysis.leverage import Best, Causes, Lever, Lift, Step
from meetlat.analysis.share import Share
from meetlat.model.target import Role
from meetlat.publish.meting import levers
from meetlat.publish.meting.causes import causes_chapter
from meetlat.publish.meting.document import Bullets, Table
from meetlat.publish.meting.figures import Given
from meetlat.publish.meting.summary import conclusions
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


def _known(lever, shares=()):
    """Causes with one lever, and the shares that can be lifted."""
    return Causes(SimpleNamespace(shares=dict(shares), members={}), (lever,))


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
    monkeypatch.setattr(levers, "causes", lambda *_: _known(lever))
    found, best = levers.supplier_figures(Path("m"), standards(), NL)
    assert (len(found), best) == (shown, ())


def test_the_chapter_shows_the_shares_before_and_after(monkeypatch, tmp_path):
    """With the kind of supplier in words."""
    monkeypatch.setattr(levers, "causes", lambda *_: _known(_LEVER))
    given = Given(levers=levers.supplier_figures(Path("m"), standards(), NL)[0])
    chapter = causes_chapter(figures(measured(tmp_path / "m", {"Gemeenten": (GOOD, BAD)}), given), NL, 8)
    table = next(block for block in chapter.blocks if isinstance(block, Table))
    (line,) = table.lines
    assert (line.cells[0].text, line.cells[0].small) == ("webfabriek.example", "hosting van websites")
    assert [(cell.text, cell.small, cell.rest) for cell in line.cells[4:]] == [
        ("50,0%", "5 van 10", "? 1 · n.v.t. 2"),
        ("90,0%", "9 van 10", "? 1 · n.v.t. 2"),
    ]


def test_a_few_suppliers_together_say_from_what_to_what(monkeypatch, tmp_path):
    """In the summary and in the chapter: five of ten, and nine when both are mended; everything together stands first."""
    supplies = [Supply(Layer.WEB, SupplyKind.SUPPLIER, name) for name in ("webfabriek.example", "sitesmid.example")]
    steps = tuple(Step(supply, ("r",), 2, Share(after, 10, 1, 2)) for supply, after in zip(supplies, (7, 9), strict=True))
    monkeypatch.setattr(Causes, "best", lambda _, figure, __: Best(figure, Share(5, 10, 1, 2), steps))
    monkeypatch.setattr(levers, "causes", lambda *_: _known(_LEVER, {("hsts", Role.WEB): None, ("iv-web", Role.WEB): None}))
    found, best = levers.supplier_figures(Path("m"), standards(), NL)
    assert [one.name for one in best] == ["Websites, alles samen", "HSTS voor websites"]
    told = figures(measured(tmp_path / "m", {"Gemeenten": (GOOD, BAD)}), Given(levers=found, best=best))
    bullets = next(block for block in causes_chapter(told, NL, 8).blocks if isinstance(block, Bullets))
    assert bullets.items[1] == (
        "HSTS voor websites: als 2 leveranciers herstellen wat bij hen een gedeelde oorzaak is, gaat het aandeel van nu (50,0%: 5 van 10; "
        "1 niet vastgesteld, 2 n.v.t.) naar (90,0%: 9 van 10; "
        "1 niet vastgesteld, 2 n.v.t.). Dat zijn webfabriek.example en sitesmid.example."
    )
    assert bullets.items[0] in conclusions(told, NL)
