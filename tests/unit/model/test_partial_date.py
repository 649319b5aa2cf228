# SPDX-License-Identifier: EUPL-1.2
"""A date is as precise as its source, and no more."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.model.partial_date import PartialDate


@pytest.mark.parametrize(
    ("value", "first", "last", "written"),
    [
        pytest.param(date(2020, 4, 8), date(2020, 4, 8), date(2020, 4, 8), "2020-04-08", id="a date of TOML"),
        pytest.param("2020-04-08", date(2020, 4, 8), date(2020, 4, 8), "2020-04-08", id="a day as text"),
        pytest.param("2018-04", date(2018, 4, 1), date(2018, 4, 30), "2018-04", id="a month"),
        pytest.param("2024-02", date(2024, 2, 1), date(2024, 2, 29), "2024-02", id="February of a leap year"),
        pytest.param("2017", date(2017, 1, 1), date(2017, 12, 31), "2017", id="a year"),
    ],
)
def test_what_can_be_read(value, first, last, written):
    """It knows the first and the last day that it can be, and is written as it was read."""
    moment = PartialDate.parse(value)
    assert (moment.first, moment.last, str(moment)) == (first, last, written)


@pytest.mark.parametrize(
    "value", ["2018-4", "2018-13", "2018-02-30", "0000", "unknown", "", "18", 2018, None, datetime(2018, 1, 1, tzinfo=UTC)]
)
def test_what_is_no_date_is_refused(value):
    """Also a moment of the day: no agreement has one."""
    with pytest.raises(ValueError, match=r"."):
        PartialDate.parse(value)


@given(st.text(max_size=12))
def test_no_text_makes_it_crash(text):
    """It is read, or refused with a ValueError."""
    try:
        moment = PartialDate.parse(text)
    except ValueError:
        return
    assert moment.first <= moment.last


def test_a_day_needs_a_month():
    """The eighth of some month in 2020 is no date."""
    with pytest.raises(ValueError, match="needs a month"):
        PartialDate(2020, None, 8)
