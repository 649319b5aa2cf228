# SPDX-License-Identifier: EUPL-1.2
"""Charts: what is drawn is what is counted, what is said is what is drawn, and nothing from outside is obeyed."""

import re
from datetime import date
from xml.etree import ElementTree as ET

import pytest

from meetlat.analysis.share import Share
from meetlat.publish.charts.bars import share_bars
from meetlat.publish.charts.lines import DrawnLine, Times, breaks, share_lines
from meetlat.publish.charts.whiskers import Change, change_whiskers

SVG = "{http://www.w3.org/2000/svg}"
HALF, QUARTER = Share(1, 2, 1, 1), Share(1, 4, 0, 0)


def _parsed(svg):
    """Parse a chart; that it can be is itself a test."""
    return ET.fromstring(svg)  # noqa: S314 - a drawing of our own


def _spans(svg):
    """Return where each piece of a bar begins and how wide it is, in per cent."""
    inner = _parsed(svg).findall(f".//{SVG}svg/{SVG}rect")
    return [(float(one.get("x").rstrip("%")), float(one.get("width").rstrip("%"))) for one in inner]


def test_a_bar_is_of_everything_and_its_pieces_fill_it():
    """Of four: one complies, one does not, one is undetermined, one does not apply: four quarters."""
    chart = share_bars("b", "HSTS", [("Groep", HALF)], "nl")
    assert _spans(chart.svg) == [(0, 25), (25, 25), (50, 25), (75, 25)]
    assert "50,0% (1 van 2)" in chart.svg
    assert chart.reading == "HSTS. Aandeel dat voldoet van wat is beoordeeld, van hoog naar laag: Groep 50,0% (1 van 2)."


def test_bars_are_read_from_high_to_low_in_the_language_of_the_reader():
    """The sentence ranks; the drawing keeps the order that was given."""
    chart = share_bars("b", "HSTS", [("low", QUARTER), ("high", HALF)], "en")
    assert chart.reading.endswith("from high to low: high 50.0% (1 of 2); low 25.0% (1 of 4).")
    labels = [one.text for one in _parsed(chart.svg).iter(f"{SVG}text")]
    assert labels.index("low") < labels.index("high")


@pytest.mark.parametrize("share", [Share(0, 0, 3, 0), Share(0, 0, 0, 3)])
def test_what_could_not_be_judged_has_a_bar_and_no_percentage(share):
    """Unknown is drawn as unknown."""
    chart = share_bars("b", "HSTS", [("Groep", share)], "nl")
    assert _spans(chart.svg) == [(0, 100)]
    assert chart.reading == "HSTS. Er is niets beoordeeld."


def test_there_is_no_chart_of_nothing():
    """Where nothing was measured there is nothing to draw."""
    assert share_bars("b", "HSTS", [("Groep", Share(0, 0, 0, 0))], "nl") is None
    assert share_lines("l", "HSTS", Times((date(2026, 1, 1),)), [DrawnLine("HSTS", (HALF,))], "nl") is None
    assert change_whiskers("w", "HSTS", [], "nl") is None


def test_moments_lie_where_they_lie_in_time():
    """A quarter of the time is a quarter of the axis; 0 and 100 per cent are the ends of the other one."""
    days = (date(2026, 1, 1), date(2026, 1, 26), date(2026, 4, 11))  # 25 and 100 days after the first
    shares = (Share(0, 2, 0, 0), Share(1, 2, 0, 0), Share(2, 2, 0, 0))
    chart = share_lines("l", "HSTS", Times(days), [DrawnLine("HSTS", shares)], "nl")
    points = [(float(one.get("cx")), float(one.get("cy"))) for one in _parsed(chart.svg).iter(f"{SVG}circle")][:3]
    (first, bottom), (second, middle), (last, top) = points
    assert second - first == pytest.approx((last - first) / 4, abs=0.01)
    assert middle == pytest.approx((top + bottom) / 2, abs=0.01)
    assert chart.reading == "HSTS, in procenten van wat is beoordeeld: HSTS ging van 0,0% op 1 januari 2026 naar 100,0% op 11 april 2026."


def test_a_line_is_broken_where_moments_do_not_compare_and_where_nothing_is_known():
    """A gap in what is known, and other rules, are gaps in the line; the sentence says why."""
    days = tuple(date(2026, month, 1) for month in (1, 2, 3, 4, 5))
    line = DrawnLine("HSTS", (HALF, HALF, None, HALF, HALF))
    chart = share_lines("l", "HSTS", Times(days, breaks(("a", "a", "a", "a", "b"), "andere regels")), [line], "nl")
    runs = [one.get("d").count("L") for one in _parsed(chart.svg).iter(f"{SVG}path") if one.get("fill") == "none"]
    assert runs == [1, 0, 0]  # two points joined, then one alone, then one alone
    assert chart.reading.endswith("De lijn is onderbroken voor 1 mei 2026: andere regels.")


def test_a_whisker_reaches_from_bound_to_bound_around_zero():
    """The axis reaches as far to both sides as the widest interval needs: here ten points."""
    chart = change_whiskers("w", "Verandering", [Change("HSTS", 4.0, -1.0, 9.0)], "nl")
    dot = next(_parsed(chart.svg).iter(f"{SVG}circle"))
    middle, half = (12 + 348) / 2, (348 - 12) / 2
    assert float(dot.get("cx")) == pytest.approx(middle + 0.4 * half, abs=0.01)
    reach = re.search(r"M([\d.]+) [\d.]+H([\d.]+)M", chart.svg)
    assert [float(one) for one in reach.groups()] == pytest.approx([middle - 0.1 * half, middle + 0.9 * half], abs=0.01)
    assert "HSTS: +4,0 procentpunt (95%-interval −1,0 tot +9,0)" in chart.reading  # noqa: RUF001 - the sign for less


@pytest.mark.parametrize("chart", [
    share_bars("x", '<b>"&', [("</svg><script>", HALF)], "nl"),
    share_lines("x", '<b>"&', Times((date(2026, 1, 1), date(2026, 2, 1))), [DrawnLine("</svg><script>", (HALF, HALF))], "nl"),
    change_whiskers("x", '<b>"&', [Change("</svg><script>", 1, 0, 2)], "nl"),
])  # fmt: skip
def test_a_chart_is_named_and_read_and_obeys_no_name(chart):
    """A title and a description that belong to it, the role of a picture, and every name only text."""
    root = _parsed(chart.svg)
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text == '<b>"&'
    assert root.find(f"{SVG}title").get("id") == root.get("aria-labelledby")
    assert root.find(f"{SVG}desc").text == chart.reading
    assert "<script" not in chart.svg
