# SPDX-License-Identifier: EUPL-1.2
"""Whether an SPF record lets everybody pass, by itself or through what it includes (RFC 7208, 5.2)."""

from dataclasses import dataclass
from enum import Enum

from meetlat.facts.spf import Directive, Qualifier, SpfRecord, has_macro, parse
from meetlat.facts.spf_evaluation import COUNTED, MAX_LOOKUPS, records
from meetlat.facts.txt import askable, txt_question
from meetlat.model.domain import Domain
from meetlat.model.evidence import Evidence, Need


@dataclass(frozen=True, slots=True)
class Openness:
    """What was found: where everybody passes (empty when nowhere), every question asked, and whether a lost answer could change it."""

    place: str
    needs: tuple[Need, ...]
    is_unknown: bool


class _Outcome(Enum):
    """What a record means for everybody at once. OTHER: refused, neutral, an error, or not the same for each sender."""

    PASS = "pass"  # noqa: S105 - the word of RFC 7208, not a secret
    OTHER = "other"
    UNKNOWN = "unknown"


def open_include(domain: Domain, seen: Evidence) -> Openness:
    """Look for an include, at the top or behind a redirect, that matches every sender and lets them pass."""
    walk = _Walk(seen)
    outcome, place = walk.follow(domain.name, ())
    needs = tuple(dict.fromkeys(walk.needs))
    return Openness(place if outcome is _Outcome.PASS else "", needs, outcome is _Outcome.UNKNOWN)


class _Walk:
    """The state of one walk, in the order of a receiver, up to the lookup at which that stops with a permerror."""

    def __init__(self, seen: Evidence) -> None:
        self.seen = seen
        self.lookups = 0
        self.needs: list[Need] = []

    def follow(self, name: str, path: tuple[str, ...]) -> tuple[_Outcome, str]:
        """Say what the record at a name means for everybody, and which include makes it so; ``path`` leads to the name."""
        if name in path or self.lookups > MAX_LOOKUPS:
            return _Outcome.OTHER, ""
        self.needs.append(txt_question(name))
        found = records(name, self.seen)
        if found is None:
            return _Outcome.UNKNOWN, ""
        record = parse(found[0]) if len(found) == 1 else None
        # What is included and cannot be read is a permerror, and lets nobody pass; at the top another rule judges that.
        if record is None or (path and record.faults):
            return _Outcome.OTHER, ""
        return self.through(record, (*path, name))

    def through(self, record: SpfRecord, path: tuple[str, ...]) -> tuple[_Outcome, str]:
        """Go through a record. Each include without an answer may match everybody or not: only what holds either way is known."""
        possible: set[_Outcome] = set()
        for directive in record.tested:
            match self.matches(directive, path):
                case _Outcome.PASS:  # nothing after it counts
                    possible.add(_meaning(directive))
                    return _certain(possible), askable(directive.value) or ""
                case _Outcome.UNKNOWN:
                    possible.add(_meaning(directive))
                case _Outcome.OTHER:
                    pass
        outcome, place = self.end(record, path)
        return _certain(possible | {outcome}), place

    def matches(self, directive: Directive, path: tuple[str, ...]) -> _Outcome:
        """Whether a directive matches everybody: before ``all`` only an include can, when what it includes gives pass."""
        if directive.mechanism != "include":
            self.lookups += directive.mechanism in COUNTED
            return _Outcome.OTHER
        return self.go_to(directive.value, path)[0]

    def end(self, record: SpfRecord, path: tuple[str, ...]) -> tuple[_Outcome, str]:
        """Say what becomes of a sender who matched nothing."""
        if record.all is not None:
            return _meaning(record.all), ""
        return self.go_to(record.redirect, path) if record.redirect else (_Outcome.OTHER, "")

    def go_to(self, target: str, path: tuple[str, ...]) -> tuple[_Outcome, str]:
        """Follow include or redirect; what depends on the message is not the same for each sender."""
        self.lookups += 1
        name = None if has_macro(target) else askable(target)
        return (_Outcome.OTHER, "") if name is None else self.follow(name, path)


def _meaning(directive: Directive) -> _Outcome:
    """Return what a match of everybody means."""
    return _Outcome.PASS if directive.qualifier is Qualifier.PASS else _Outcome.OTHER


def _certain(possible: set[_Outcome]) -> _Outcome:
    """Return the only possible outcome, or that it is unknown."""
    return next(iter(possible)) if len(possible) == 1 else _Outcome.UNKNOWN
