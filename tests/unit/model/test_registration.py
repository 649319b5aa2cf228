# SPDX-License-Identifier: EUPL-1.2
"""What the register says of a standard is typed, and what it does not know is unknown."""

import pytest

from meetlat.model.partial_date import PartialDate
from meetlat.model.registration import FIELDS, ListStatus, Registration, registration

_FULL = {
    "official_name": {"nl": "De naam", "en": "The name"},
    "list_status": "pas_toe_of_leg_uit",
    "list_since": "2010",
    "toepassingsgebied": {"nl": "overal", "en": "everywhere"},
    "werkingsgebied": {"nl": "overheden", "en": "government"},
    "steward": "IETF",
    "specification": "RFC 1",
    "legal_basis": [],
    "links": ["https://example.org/"],
}


def test_all_that_is_given_is_read():
    """Then there is no gap; that there is no law is known, and is none."""
    found = registration(_FULL)
    assert found.gaps == ()
    assert (found.list_status, found.list_since, found.legal_basis) == (ListStatus.PAS_TOE_OF_LEG_UIT, PartialDate(2010), ())


@pytest.mark.parametrize("table", [{}, dict.fromkeys(FIELDS, "unknown")], ids=["absent", "said to be unknown"])
def test_what_is_not_given_is_unknown(table):
    """Both ways of not knowing are gaps, the name in each language apart."""
    found = registration(table)
    assert found == Registration()
    assert found.gaps == ("official_name.nl", "official_name.en", *FIELDS[1:])


def test_a_standard_on_no_list_has_no_gap_for_since_when():
    """There is nothing to know."""
    found = registration({**_FULL, "list_status": "none", "list_since": "unknown"})
    assert found.gaps == ()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("list_status", "compulsory", id="no such status"),
        pytest.param("list_since", "last spring", id="no date"),
        pytest.param("toepassingsgebied", {"nl": "alleen Nederlands"}, id="one language"),
        pytest.param("werkingsgebied", "iedereen", id="text without a language"),
        pytest.param("steward", ["IETF"], id="a list for a text"),
        pytest.param("steward", " ", id="blank"),
        pytest.param("links", ["rfc-editor.org"], id="no web address"),
        pytest.param("legal_basis", [1], id="a number for a text"),
        pytest.param("list_status", {}, id="a table for a status"),
        pytest.param("list_status", [], id="a list for a status"),
        pytest.param("list_status", "none", id="on no list, and since a day"),
    ],
)
def test_what_is_wrong_is_refused(field, value):
    """And the field is named."""
    with pytest.raises(ValueError, match=r"register\."):
        registration({**_FULL, field: value})


def test_every_fault_is_told_at_once():
    """Nobody mends a file fault by fault."""
    with pytest.raises(ValueError, match=r"steward.*links") as told:
        registration({**_FULL, "steward": 1, "links": 2, "list_since": 3})
    assert str(told.value).count("register.") == 3
