# SPDX-License-Identifier: EUPL-1.2
"""DMARC records, and which of them applies."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetlat.facts.dmarc import (
    Discovery,
    DmarcRecord,
    Policy,
    Reading,
    effective_policy,
    faults,
    looks_like_dmarc,
    parse,
    published_policy,
    report_hosts,
)
from meetlat.facts.dmarc_discovery import Outcome, discover, discovery_needs, listed_organisational_domain, walk, walk_places
from meetlat.facts.dns import question
from meetlat.model.domain import Domain
from meetlat.model.evidence import Evidence, Observation

AT = datetime(2026, 6, 1, tzinfo=UTC)
_SHARED = frozenset({"p", "sp", "rua", "ruf", "adkim", "aspf", "fo"})
OLD = Reading(Discovery.PUBLIC_SUFFIX_LIST, _SHARED | {"pct", "rf", "ri"}, policy_tag_required=True, test_mode_lowers_policy=False)
NEW = Reading(Discovery.TREE_WALK, _SHARED | {"np", "psd", "t"}, policy_tag_required=False, test_mode_lowers_policy=True)


def at(place, *texts):
    """Build the answer to the question for the DMARC record of a name."""
    need = question(f"_dmarc.{place}", "TXT")
    return Observation(
        need, AT, {"rcode": "NOERROR", "security": "secure", "records": [[need.subject, "TXT", 300, text] for text in texts]}
    )


def world(name, **records):
    """Build evidence in which every place of a walk is known; names are written with "_" for "."."""
    texts = {place.replace("_", "."): text for place, text in records.items()}
    return Evidence(at(place, *([texts[place]] if place in texts else [])) for place in walk_places(name))


@pytest.mark.parametrize("text", ["v=DMARC1", "V = DMARC1 ; p=none", "v=DMARC1;", "v=DMARC1;;"])
def test_what_is_a_dmarc_record(text):
    """The version stands first and is written exactly so."""
    assert parse(text) is not None


@pytest.mark.parametrize("text", ["", "v=dmarc1", " v=DMARC1", "v=DMARC12", "v=DMARC1 p=none", "p=none; v=DMARC1", "DMARC1"])
def test_what_is_no_dmarc_record(text):
    """Anything else is ignored by receivers."""
    assert parse(text) is None


def test_a_failed_attempt_is_recognised():
    """A record that was meant as DMARC is told from one that was not."""
    assert looks_like_dmarc("p=none; v=DMARC1")
    assert looks_like_dmarc("v=dmarc1; p=none")
    assert not looks_like_dmarc("v=DMARC1; p=none")
    assert not looks_like_dmarc("v=spf1 -all")


@pytest.mark.parametrize(
    ("text", "wrong_old", "wrong_new"),
    [
        ("p=reject; sp=none; adkim=r; aspf=S; fo=0:1:d:s", (), ()),
        ("p=reject; pct=50; ri=86400; rf=afrf", (), ()),
        ("p=reject; pct=101", ("pct=101",), ()),
        ("p=reject; pct=-1", ("pct=-1",), ()),
        ("p=reject; ri=x", ("ri=x",), ()),
        ("p=reject; t=x; psd=x; np=x", (), ("t=x", "psd=x", "np=x")),
        ("p=", ("p=",), ("p=",)),
        ("p=reject; p=none", ("p",), ("p",)),
        ("p=reject; v=DMARC1", ("v",), ("v",)),
        ("p=reject; hello=x; hello=y", (), ()),
        ("p=reject; hello", ("hello",), ("hello",)),
        ("p=reject; rua=mailto:a@b.example!10m, https://c.example/x", (), ()),
        ("p=reject; rua=mailto:a@b.example,", ("rua=mailto:a@b.example,",), ("rua=mailto:a@b.example,",)),
        ("p=reject; rua=mailto:b.example", ("rua=mailto:b.example",), ("rua=mailto:b.example",)),
        ("p=reject; ruf=a@b.example", ("ruf=a@b.example",), ("ruf=a@b.example",)),
        ("p=reject; rua=", ("rua=",), ("rua=",)),
    ],
)
def test_which_tags_are_wrong(text, wrong_old, wrong_new):
    """Only tags that the reading knows are judged."""
    record = parse(f"v=DMARC1; {text}")
    assert record is not None
    assert faults(record, OLD) == wrong_old
    assert faults(record, NEW) == wrong_new


@pytest.mark.parametrize(
    ("text", "own", "inherited"),
    [
        ("p=reject", Policy.REJECT, Policy.REJECT),
        ("p=reject; sp=none", Policy.REJECT, Policy.NONE),
        ("p=none; sp=REJECT", Policy.NONE, Policy.REJECT),
        ("sp=reject", Policy.NONE, Policy.NONE),
        ("p=reject; sp=x", Policy.NONE, Policy.NONE),
        ("p=reject; sp=", Policy.NONE, Policy.NONE),
        ("p=reject; np=none", Policy.REJECT, Policy.REJECT),
    ],
)
def test_which_policy_a_record_states(text, own, inherited):
    """For names below it sp goes before p; what cannot be read leaves none."""
    record = parse(f"v=DMARC1; {text}")
    assert record is not None
    assert published_policy(record, NEW, is_inherited=False) is own
    assert published_policy(record, NEW, is_inherited=True) is inherited


@pytest.mark.parametrize(("policy", "lowered"), [("reject", Policy.QUARANTINE), ("quarantine", Policy.NONE), ("none", Policy.NONE)])
def test_test_mode_takes_one_step(policy, lowered):
    """RFC 9989 lowers the policy one step in test mode; RFC 7489 does not know it."""
    record = parse(f"v=DMARC1; p={policy}; t=Y")
    assert record is not None
    assert effective_policy(record, NEW, is_inherited=False) is lowered
    assert effective_policy(record, OLD, is_inherited=False) is Policy(policy)


def test_report_hosts_are_those_of_mail_addresses():
    """Each host once, in one spelling; other schemes and broken addresses are left out."""
    record = parse(
        "v=DMARC1; rua=mailto:a@B.example!1m,mailto:c@b.example. , https://d.example; ruf=mailto:e@f.example?subject=x,g@h.example"
    )
    assert record is not None
    assert report_hosts(record) == ("b.example", "f.example")


def test_a_walk_visits_at_most_eight_places():
    """From eight labels on it leaps to the last seven; below that it climbs one by one (RFC 9989, 4.10)."""
    assert walk_places("a.b.example") == ("a.b.example", "b.example", "example")
    assert walk_places("1.2.3.4.5.6.7.8")[:2] == ("1.2.3.4.5.6.7.8", "2.3.4.5.6.7.8")
    long = walk_places("a.b.c.d.e.f.g.h.i.j.mail.example.com")
    assert long[:2] == ("a.b.c.d.e.f.g.h.i.j.mail.example.com", "g.h.i.j.mail.example.com")
    assert len(long) == 8


@pytest.mark.parametrize(
    ("records", "organisation"),
    [
        ({}, "a.b.duinrade.nl"),
        ({"duinrade_nl": ""}, "duinrade.nl"),
        ({"b_duinrade_nl": "", "duinrade_nl": ""}, "duinrade.nl"),
        ({"b_duinrade_nl": "psd=n", "duinrade_nl": ""}, "b.duinrade.nl"),
        ({"duinrade_nl": "psd=y"}, "b.duinrade.nl"),
        ({"nl": "psd=y", "b_duinrade_nl": ""}, "duinrade.nl"),
        ({"nl": ""}, "nl"),
        ({"a_b_duinrade_nl": "psd=y", "nl": ""}, "a.b.duinrade.nl"),
        ({"a_b_duinrade_nl": "psd=u", "duinrade_nl": "psd=u"}, "duinrade.nl"),
    ],
)
def test_the_organisational_domain_of_a_walk(records, organisation):
    """psd=n says it itself, psd=y says it of the domain below, and else the shortest name wins (RFC 9989, 4.10.2)."""
    name = "a.b.duinrade.nl"
    seen = world(name, **{place: f"v=DMARC1; p=none; {tag}" for place, tag in records.items()})
    assert walk(name, seen).organisational_domain == organisation


@pytest.mark.parametrize(
    ("name", "organisation"),
    [
        ("a.b.duinrade.nl", "duinrade.nl"),
        ("duinrade.nl", "duinrade.nl"),
        ("nl", "nl"),
        ("a.b.co.uk", "b.co.uk"),
        ("x.unlisted", "x.unlisted"),
    ],
)
def test_the_organisational_domain_by_the_list(name, organisation):
    """One label below the public suffix (RFC 7489, 3.2)."""
    assert listed_organisational_domain(name) == organisation


@pytest.mark.parametrize("by", Discovery)
def test_an_unanswered_place_is_unknown(by):
    """Without every answer nothing is said of the record."""
    domain = Domain("a.duinrade.nl")
    assert discover(domain, Evidence(), by).outcome is Outcome.UNKNOWN
    assert discover(domain, Evidence([at("a.duinrade.nl")]), by).outcome is Outcome.UNKNOWN


def test_nothing_more_is_asked_when_the_name_has_a_record():
    """The walk and the list are for names without a record of their own."""
    domain = Domain("a.duinrade.nl")
    own = question("_dmarc.a.duinrade.nl", "TXT")
    for texts in (["v=DMARC1"], ["v=DMARC1", "v=DMARC1"]):
        assert list(discovery_needs(domain, Evidence([at(domain.name, *texts)]))) == [own]
    assert list(discovery_needs(domain, Evidence())) == [own]
    assert len(set(discovery_needs(domain, Evidence([at(domain.name)])))) == 3


@given(st.text() | st.text("v=DMARC1;psadkimfort :,!@.%"))
def test_no_text_makes_the_parser_raise(text):
    """Whatever stands in a TXT record can be read and judged, or is ignored."""
    parse(text)
    looks_like_dmarc(text)
    record = parse(f"v=DMARC1;{text}")
    assert record is not None
    for by in (OLD, NEW):
        faults(record, by)
        effective_policy(record, by, is_inherited=True)
    report_hosts(record)


_VALUES = st.text(st.characters(min_codepoint=33, max_codepoint=126, exclude_characters=";"), min_size=1, max_size=12)
_TAGS = st.tuples(st.from_regex(r"[a-z][a-z0-9_]{0,5}", fullmatch=True), _VALUES)


@given(st.lists(_TAGS, max_size=8).map(tuple))
def test_a_written_record_is_read_as_it_was(tags):
    """Writing and reading are each other's opposite."""
    record = DmarcRecord(tags)
    assert parse(str(record)) == record
