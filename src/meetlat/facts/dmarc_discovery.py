# SPDX-License-Identifier: EUPL-1.2
"""Which DMARC record applies to a domain: the tree walk of RFC 9989, 4.10, and the organisational domain of RFC 7489, 3.2."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache

from publicsuffixlist import PublicSuffixList

from meetlat.facts.dmarc import Discovery, DmarcRecord, looks_like_dmarc, parse, report_hosts
from meetlat.facts.txt import texts, txt_question
from meetlat.model.domain import Domain
from meetlat.model.evidence import Evidence, Need, derived

# RFC 9989, 4.10: from a name with eight labels or more the walk goes to its last seven, so asks at most eight times.
_LABELS_AFTER_LEAP = 7


class Outcome(Enum):
    """What came of looking for the record."""

    FOUND = "found"
    NONE = "none"
    SEVERAL = "several"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Found:
    """The record that applies to ``domain`` and the name that has it, or why there is none; and every need this rests on.

    ``lookalike`` is a TXT record at the name itself that does not begin as a DMARC record must.
    """

    outcome: Outcome
    domain: str
    needs: tuple[Need, ...]
    place: str = ""
    record: DmarcRecord | None = None
    lookalike: str = ""

    @property
    def is_inherited(self) -> bool:
        """Whether the record stands at another name."""
        return self.place != self.domain


def place_question(name: str) -> Need:
    """Return the question for the DMARC record of a name."""
    return txt_question(f"_dmarc.{name}")


def discover(domain: Domain, seen: Evidence, by: Discovery) -> Found:
    """Find the record that applies to a domain. Several records at the name itself end the search: the owner must mend that."""
    name, own = domain.name, (place_question(domain.name),)
    found = _records(name, seen)
    if found is None:
        return Found(Outcome.UNKNOWN, name, own)
    if len(found) == 1:
        return Found(Outcome.FOUND, name, own, name, found[0])
    if found:
        return Found(Outcome.SEVERAL, name, own, name)
    match by:
        case Discovery.TREE_WALK:
            return _by_tree_walk(name, seen)
        case Discovery.PUBLIC_SUFFIX_LIST:
            return _by_public_suffix_list(name, seen)


def discovery_needs(domain: Domain, seen: Evidence) -> Iterator[Need]:
    """Ask at the name itself, and when nothing is there at every place where either RFC would look."""
    yield place_question(domain.name)
    if _records(domain.name, seen) == ():
        yield from map(place_question, walk_places(domain.name))
        yield place_question(listed_organisational_domain(domain.name))


@cache
def _suffixes() -> PublicSuffixList:
    """The list as the package brings it; reading it takes a noticeable time."""
    return PublicSuffixList()


def listed_organisational_domain(name: str) -> str:
    """Return the organisational domain by the public suffix list: one label below the suffix, or a suffix itself (RFC 7489, 3.2)."""
    return _suffixes().privatesuffix(name) or name


def walk_places(name: str) -> tuple[str, ...]:
    """Return the names that a tree walk visits, the longest first; at most eight (RFC 9989, 4.10)."""
    labels = name.split(".")
    above = min(len(labels) - 1, _LABELS_AFTER_LEAP)
    return (name, *(".".join(labels[-count:]) for count in range(above, 0, -1)))


@dataclass(frozen=True, slots=True)
class Walk:
    """What a tree walk met: the valid records by place, the places with several (which are discarded), and what it asked."""

    start: str
    records: tuple[tuple[str, DmarcRecord], ...]
    crowded: tuple[str, ...]
    needs: tuple[Need, ...]
    is_complete: bool

    @property
    def organisational_domain(self) -> str:
        """Choose the organisational domain (RFC 9989, 4.10.2): psd=n, else one label below psd=y, else the shortest, else the start."""
        for place, record in self.records:
            if record.word("psd") == "n":
                return place
            if record.word("psd") == "y" and place != self.start:
                return _one_label_below(place, self.start)
        return self.records[-1][0] if self.records else self.start


@derived
def walk(name: str, seen: Evidence) -> Walk:
    """Walk up from a name until a record says what its domain is (psd=n or psd=y), an answer is missing, or the root is reached."""
    records: list[tuple[str, DmarcRecord]] = []
    crowded: list[str] = []
    needs: list[Need] = []
    for place in walk_places(name):
        needs.append(place_question(place))
        found = _records(place, seen)
        if found is None:
            return Walk(name, tuple(records), tuple(crowded), tuple(needs), is_complete=False)
        if len(found) > 1:
            crowded.append(place)
        if len(found) == 1:
            records.append((place, found[0]))
            if found[0].word("psd") in {"n", "y"}:
                break
    return Walk(name, tuple(records), tuple(crowded), tuple(needs), is_complete=True)


def _by_tree_walk(name: str, seen: Evidence) -> Found:
    """Take the record of the organisational domain, or else of the public suffix domain above it (RFC 9989, 4.10.1)."""
    walked = walk(name, seen)
    if not walked.is_complete:
        return Found(Outcome.UNKNOWN, name, walked.needs)
    records = dict(walked.records)
    suffixes = tuple(place for place, record in walked.records if record.word("psd") == "y")
    for place in (walked.organisational_domain, *suffixes):
        if place in records:
            return Found(Outcome.FOUND, name, walked.needs, place, records[place])
    if walked.crowded:
        return Found(Outcome.SEVERAL, name, walked.needs, walked.crowded[0])
    return Found(Outcome.NONE, name, walked.needs, lookalike=_lookalike(name, seen))


def _by_public_suffix_list(name: str, seen: Evidence) -> Found:
    """Take the record of the organisational domain (RFC 7489, 6.6.3)."""
    place = listed_organisational_domain(name)
    needs = tuple(dict.fromkeys((place_question(name), place_question(place))))
    found = _records(place, seen)
    if found is None:
        return Found(Outcome.UNKNOWN, name, needs)
    if len(found) == 1:
        return Found(Outcome.FOUND, name, needs, place, found[0])
    if found:
        return Found(Outcome.SEVERAL, name, needs, place)
    return Found(Outcome.NONE, name, needs, lookalike=_lookalike(name, seen))


def _records(place: str, seen: Evidence) -> tuple[DmarcRecord, ...] | None:
    """Return the DMARC records of a name; None when there is no answer."""
    found = texts(f"_dmarc.{place}", seen)
    return None if found is None else tuple(record for text in found if (record := parse(text)))


def _lookalike(name: str, seen: Evidence) -> str:
    """Return the first TXT record at the name itself that was probably meant as a DMARC record."""
    return next(filter(looks_like_dmarc, texts(f"_dmarc.{name}", seen) or ()), "")


def _one_label_below(place: str, name: str) -> str:
    """Return of the names between a place and a name below it the one just below the place."""
    return ".".join(name.split(".")[-(place.count(".") + 2) :])


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether a host outside the organisation agrees to receive reports; None when that could not be established."""

    host: str
    needs: tuple[Need, ...]
    is_own: bool
    is_given: bool | None


def consent_question(place: str, host: str) -> Need:
    """Return the question whether a host agrees to receive the reports of the domain at ``place`` (RFC 7489, 7.1; RFC 9990, 4)."""
    return txt_question(f"{place}._report._dmarc.{host}")


def consents(found: Found, seen: Evidence, by: Discovery) -> tuple[Consent, ...]:
    """Tell of every host that reports go to whether it is of the same organisation as the record, or else agrees."""
    if found.record is None:
        return ()
    return tuple(_consent(found.place, host, seen, by) for host in report_hosts(found.record))


def _consent(place: str, host: str, seen: Evidence, by: Discovery) -> Consent:
    """Tell it of one host."""
    ours, our_needs = _organisation(place, seen, by)
    theirs, their_needs = _organisation(host, seen, by)
    needs = () if host == place else tuple(dict.fromkeys((*our_needs, *their_needs)))
    if host == place or (ours is not None and ours == theirs):
        return Consent(host, needs, is_own=True, is_given=True)
    question = consent_question(place, host)
    answers = texts(question.subject, seen)
    if any(parse(text) for text in answers or ()):
        return Consent(host, (question,), is_own=False, is_given=True)
    is_known = answers is not None and ours is not None and theirs is not None
    return Consent(host, (*needs, question), is_own=False, is_given=False if is_known else None)


def _organisation(name: str, seen: Evidence, by: Discovery) -> tuple[str | None, tuple[Need, ...]]:
    """Return the organisational domain of a name, None when unknown, and what that rests on."""
    match by:
        case Discovery.PUBLIC_SUFFIX_LIST:
            return listed_organisational_domain(name), ()
        case Discovery.TREE_WALK:
            walked = walk(name, seen)
            return (walked.organisational_domain if walked.is_complete else None), walked.needs


def consent_needs(domain: Domain, seen: Evidence) -> Iterator[Need]:
    """Ask for each host outside the name that has the record what both RFCs want to know of it."""
    for by in Discovery:
        found = discover(domain, seen, by)
        for host in report_hosts(found.record) if found.record else ():
            if host != found.place:
                yield consent_question(found.place, host)
                yield from map(place_question, walk_places(host))
                yield from map(place_question, walk_places(found.place))
