# SPDX-License-Identifier: EUPL-1.2
"""File names of pages: safe, unique, and independent of the order in which names come."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.publish.site.places import places, rule_anchor, slug, up

NAMES = st.text(max_size=80)


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Gemeente Duinrade", "gemeente-duinrade"),
        ("Súdwest-Fryslân", "sudwest-fryslan"),
        ("../../etc/passwd", "etc-passwd"),
        ("日本", ""),
        ("a" * 100, "a" * 60),
        ("'s-Heiderijk (Veen) & Waard", "s-heiderijk-veen-waard"),
    ],
)
def test_a_name_becomes_letters_that_need_no_care(name, written):
    """Accents are dropped, and everything else becomes a dash."""
    assert slug(name) == written


@pytest.mark.parametrize("name", ["con", "NUL", "com1", "Index", "日本"])
def test_a_name_that_a_system_or_a_list_keeps_for_itself_gets_a_digest(name):
    """No page is called as a device of Windows, or as the list of its folder; what has no letters is told apart all the same."""
    path = places([name], [], []).groups[name]
    assert re.fullmatch(r"group/(?:[a-z0-9]+-)?[0-9a-f]{10}\.html", path)


@given(st.lists(st.tuples(NAMES, NAMES), unique=True, max_size=12), st.randoms())
def test_every_organisation_has_a_page_of_its_own_whatever_the_order(organisations, chance):
    """Names never share a page, also where letters have no case, and a page does not move when the order does."""
    found = places([], organisations, []).organisations
    assert len({path.lower() for path in found.values()}) == len(organisations)
    assert all(re.fullmatch(r"organisation/[a-z0-9-]+\.html", path) for path in found.values())
    shuffled = list(organisations)
    chance.shuffle(shuffled)
    assert places([], shuffled, []).organisations == found


def test_the_same_organisation_in_two_groups_is_two_pages():
    """A name in another group is another organisation."""
    found = places([], [("A", "Gemeente Duinrade"), ("B", "Gemeente Duinrade")], []).organisations
    assert len(set(found.values())) == 2


def test_the_way_up_and_the_anchor_of_a_rule():
    """Pages lie one folder deep at most, and a rule has an anchor that is an id."""
    assert (up("index.html"), up("group/a.html")) == ("", "../")
    assert rule_anchor("dmarc.policy-is-enforced") == "dmarc-policy-is-enforced"
