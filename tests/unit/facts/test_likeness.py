# SPDX-License-Identifier: EUPL-1.2
"""How much two pages say the same."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.facts.likeness import likeness_percent

_HTML = st.text(alphabet="<>/!-abc \"'scriptyle\n", max_size=200)


@given(_HTML, _HTML)
def test_it_is_a_share_and_the_order_does_not_matter(one: str, other: str):
    """Whatever the pages hold, the measure lies between 0 and 100 and reads the same both ways."""
    assert likeness_percent(one, other) == likeness_percent(other, one)
    assert 0 <= likeness_percent(one, other) <= 100


@given(_HTML)
def test_a_page_is_like_itself(page: str):
    """The same page twice is wholly alike."""
    assert likeness_percent(page, page) == 100


@pytest.mark.parametrize(
    ("one", "other", "percent"),
    [
        ("een twee drie vier", "een twee drie vier", 100),
        ("een twee drie vier", "een twee drie vijf", 33),  # of three runs on either page one stands on both
        ("een twee drie", "drie twee een", 0),  # the order of the words counts
        ("Een <b>twee</b>, drie!", "een twee drie", 100),
        ("een", "een", 100),
        ("een", "twee", 0),
        ("", "een", 0),
        ("", "<html></html>", 100),
        ("<script>if (a<b) { x() }</script>tekst", "<SCRIPT nonce='1'>iets anders</SCRIPT >tekst", 100),
        ("<style>p {}</style>tekst", "tekst", 100),
        ("tekst<script>nooit gesloten", "tekst", 100),
        ("a < b en nog wat", "a < b en nog wat", 100),
    ],
)
def test_likeness_by_hand(one: str, other: str, percent: int):
    """The examples can be checked by counting runs of three words."""
    assert likeness_percent(one, other) == percent


@pytest.mark.parametrize("hostile", ["<" * 65_536, "<script" * 9_000, "<a " * 20_000, "> <" * 20_000])
def test_a_hostile_page_costs_no_time(hostile: str):
    """The work is linear in the size of the page."""
    before = time.process_time()
    likeness_percent(hostile, hostile + "x")
    assert time.process_time() - before < 2
