# SPDX-License-Identifier: EUPL-1.2
"""How a table fits on paper."""

import pytest

from meetlat.publish.meting.document import Cell, Column, Line, Table

ONE = Line((Cell("gemeente-duinrade.nl"), Cell("66,7%")))
THREE = Line((Cell("Gemeenten"), Cell("66,7%", "2 van 3", "? 1 · n.v.t. 1")))
LISTED = Line((Cell("gemeente-duinrade.nl"), Cell(lines=tuple(f"Web: eis {at}" for at in range(8)))))
WORDY = Line((Cell("x" * 130),))


@pytest.mark.parametrize(("line", "height"), [(ONE, 1), (THREE, 3), (LISTED, 16), (WORDY, 3), (Line(()), 1)])
def test_a_line_is_as_tall_as_its_tallest_cell(line, height):
    """What stands below counts, each item of a list takes two, and long text goes on on the next line."""
    assert line.height(60) == height


@pytest.mark.parametrize(
    ("lines", "is_short"),
    [
        pytest.param((ONE,) * 20, True, id="twenty rows of one line"),
        pytest.param((ONE,) * 21, False, id="more rows than a page surely has"),
        pytest.param((THREE,) * 11, True, id="eleven shares with what they are of"),
        pytest.param((THREE,) * 12, False, id="twelve of them"),
        pytest.param((LISTED,) * 3, False, id="three rows with long lists"),
        pytest.param((WORDY,) * 8, True, id="eight rows of long text, three or four lines each"),
        pytest.param((WORDY,) * 12, False, id="twelve of them"),
        pytest.param((), True, id="none"),
    ],
)
def test_a_table_that_may_not_fit_may_be_cut(lines, is_short):
    """Only one that surely fits on a page is kept whole."""
    assert Table("Domeinnamen", (Column("Domeinnaam"), Column("Aandeel")), lines).is_short is is_short
