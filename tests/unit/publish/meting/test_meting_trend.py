# SPDX-License-Identifier: EUPL-1.2
"""What the report says of several measurements together, from figures that can be counted by hand."""

from datetime import timedelta

import pytest

from meetlat.analysis.series import read_series
from meetlat.publish.letter import letter_document
from meetlat.publish.meting.data_tables import data_tables
from meetlat.publish.meting.document import Bullets, Table
from meetlat.publish.meting.figures import Given
from meetlat.publish.meting.summary import growth_sentences
from meetlat.publish.meting.trend import trend_chapter
from meetlat.publish.meting.trend_view import trend_view
from meetlat.publish.meting.wording import DASH, Wording
from meetlat.standards.loading import standards
from tests.unit import made_up
from tests.unit.publish.meting.measured import AGREED, BAD, GAP, GOOD, figures, measured

NL = Wording("nl")
BEFORE = (GOOD,) * 4 + (BAD,) * 16
AFTER = (GOOD,) * 15 + (BAD,) * 4 + (GAP,)


@pytest.fixture(scope="module")
def series(tmp_path_factory):
    """Two measurements half a year apart: of forty websites in two groups, eight comply and then thirty; two cannot be told then."""
    folder = tmp_path_factory.mktemp("series")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(made_up, "FINISHED", made_up.FINISHED - timedelta(days=182))
        measured(folder / "first", {f"Groep {number}": BEFORE for number in range(2)})
    measured(folder / "last", {f"Groep {number}": AFTER for number in range(2)})
    return folder


@pytest.fixture(scope="module")
def view(series):
    """What the report shows of them."""
    return trend_view(read_series([series / "last", series / "first"]), standards(), [AGREED], NL)


@pytest.fixture(scope="module")
def told(series, view):
    """The figures of the last measurement with the trend beside them."""
    return figures(series / "last", Given(agreements={AGREED.id: AGREED}, trend=view))


def test_growth_counts_what_was_judged_both_times(view):
    """Two domains could not be told the second time: they are left out, and said."""
    whole = next(one for one in view.growth if one.key == "iv-web")
    assert (whole.was, whole.is_now, whole.judged, whole.left_out) == (8, 30, 38, 2)
    assert whole.difference == pytest.approx(100 * 22 / 38)
    assert whole.low < whole.difference < whole.high


def test_the_chapter_shows_the_panel_beside_the_full_list(told):
    """Growth, the panel, the full list, and what is to be expected, each with its counts."""
    tables = [block for block in trend_chapter(told, NL, 9).blocks if isinstance(block, Table)]
    assert [table.caption for table in tables] == [NL.say(f"trend.{name}_caption") for name in ("growth", "panel", "full", "forecast")]
    hsts, everything = tables[0].lines
    assert [cell.text for cell in hsts.cells[:4]] == ["HSTS", "21,1%", "78,9%", "2"]
    assert hsts.cells[1].small == "8 van 38"
    assert everything.cells[0].text == "Alles samen"
    assert [(cell.text, cell.small, cell.rest) for cell in tables[2].lines[0].cells[1:]] == [
        ("20,0%", "8 van 40", "? 0 · n.v.t. 0"),
        ("78,9%", "30 van 38", "? 2 · n.v.t. 0"),
    ]


def test_a_date_that_has_passed_has_no_expected_share(told):
    """But a pace, and when everything would comply."""
    table = [block for block in trend_chapter(told, NL, 9).blocks if isinstance(block, Table)][-1]
    cells = table.lines[0].cells
    assert (cells[1].text, cells[3].text, cells[4].text) == ("31 december 2019", DASH, DASH)
    assert cells[5].text.startswith("de datum is voorbij")


def test_the_summary_and_the_letter_say_what_changed(told):
    """The same sentence, with the numbers it rests on."""
    (sentence,) = growth_sentences(told, NL)
    assert "+57,9 procentpunt" in sentence
    assert "van 8 naar 30 van de 38 domeinnamen die in beide metingen zijn beoordeeld; 2 op beide lijsten zijn niet meegeteld" in sentence
    changed = next(chapter for chapter in letter_document(told, NL).chapters if chapter.id == "changed")
    assert changed.blocks == (Bullets((sentence,)),)


@pytest.mark.parametrize(
    ("table", "rows"),
    [
        pytest.param("trend", 8, id="two lines, two moments, list and panel"),
        pytest.param("growth", 2, id="the standard and everything"),
        pytest.param("forecast", 2, id="both were agreed"),
    ],
)
def test_the_tables_hold_the_same(series, told, table, rows):
    """With as many values as columns."""
    found = next(one for one in data_tables(series / "last", told, NL) if one.id == table)
    values = list(found.rows())
    assert len(values) == rows
    assert {len(row) for row in values} == {len(found.columns)}
    assert all(len(NL.lines(f"columns.{name}")) == 2 for name in found.columns)


def test_one_measurement_tells_nothing(series):
    """And the chapter says so."""
    assert trend_chapter(figures(series / "last"), NL, 9).blocks[0].text.startswith("Dit rapport gaat over één meting.")
