# SPDX-License-Identifier: EUPL-1.2
"""The whole tree of an SPF record, followed as a receiver would for a sender that matches nothing before ``all``.

The walk goes depth first in the order of evaluation and stops where a receiver stops: past the tenth lookup. So a loop ends by
itself, and the number of questions is bounded. What has no answer yet adds nothing: every count is a lower bound until all is answered.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from meetlat.facts.dns import answer_for, question
from meetlat.facts.spf import Directive, Qualifier, has_macro, parse, spf_texts
from meetlat.facts.txt import askable, texts, txt_question
from meetlat.model.domain import Domain
from meetlat.model.evidence import Evidence, Need, derived

MAX_LOOKUPS = 10  # RFC 7208, 4.6.4
MAX_VOID_LOOKUPS = 2
MAX_MX_ADDRESSES = 10
COUNTED = frozenset({"a", "mx", "ptr", "exists"})  # with include and redirect: what asks the DNS


class Fault(Enum):
    """Why evaluation ends in a permerror, other than by a limit."""

    MALFORMED = "malformed"
    NO_RECORD = "target-without-record"
    SEVERAL = "target-with-several-records"
    LOOP = "loop"


@dataclass(frozen=True, slots=True)
class Problem:
    """A fault, the name at which it was met, and the text that shows it."""

    fault: Fault
    place: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Evaluation:
    """What the walk found. Needs are split by what rests on them: the records, the mx limits, and the other addresses."""

    lookups: int
    void_lookups: int
    crowded_mx: tuple[str, ...]
    problems: tuple[Problem, ...]
    text_needs: tuple[Need, ...]
    mx_needs: tuple[Need, ...]
    address_needs: tuple[Need, ...]

    @property
    def needs(self) -> tuple[Need, ...]:
        """Every question of the walk."""
        return (*self.text_needs, *self.mx_needs, *self.address_needs)


def records(name: str, seen: Evidence) -> tuple[str, ...] | None:
    """Return the SPF records at a name; None when there is no answer."""
    found = texts(name, seen)
    return None if found is None else spf_texts(found)


@derived
def evaluate(domain: Domain, seen: Evidence) -> Evaluation | None:
    """Follow the tree of a domain as far as the answers reach; None when the domain does not have exactly one record."""
    top = records(domain.name, seen)
    if top is None or len(top) != 1:
        return None
    walk = _Walk(seen)
    walk.texts.append(txt_question(domain.name))
    walk.follow_record(top[0], (domain.name,))
    return walk.result()


class _Walk:
    """The state of one walk; lives no longer than ``evaluate``."""

    def __init__(self, seen: Evidence) -> None:
        self.seen = seen
        self.lookups = 0
        self.void_lookups = 0
        self.crowded_mx: list[str] = []
        self.problems: list[Problem] = []
        self.texts: list[Need] = []
        self.mx: list[Need] = []
        self.addresses: list[Need] = []

    def result(self) -> Evaluation:
        """Freeze what was found; a loop meets the same questions and problems again, which are kept once."""
        return Evaluation(
            self.lookups,
            self.void_lookups,
            tuple(dict.fromkeys(self.crowded_mx)),
            tuple(dict.fromkeys(self.problems)),
            tuple(dict.fromkeys(self.texts)),
            tuple(dict.fromkeys(self.mx)),
            tuple(dict.fromkeys(self.addresses)),
        )

    def follow_record(self, text: str, path: tuple[str, ...]) -> None:
        """Walk through one record; ``path`` leads from the domain to the name that has it."""
        record = parse(text)
        self.problems += [Problem(Fault.MALFORMED, path[-1], fault) for fault in record.faults]
        for directive in record.tested:
            self.test(directive, path)
        if record.redirect is not None:
            self.go_to(record.redirect, path)

    def test(self, directive: Directive, path: tuple[str, ...]) -> None:
        """Walk through one directive. The terms that ask the DNS are those of RFC 7208, 4.6.4."""
        if directive.mechanism == "include":
            self.go_to(directive.value, path)
        elif directive.mechanism in COUNTED and self.may_ask() and not has_macro(directive.value):
            name = askable(directive.value or path[-1])
            if name is not None:
                self.ask(directive.mechanism, name)

    def may_ask(self) -> bool:
        """Count one lookup, up to the first that is too many, and tell whether a receiver would still do it."""
        self.lookups = min(self.lookups + 1, MAX_LOOKUPS + 1)
        return self.lookups <= MAX_LOOKUPS

    def go_to(self, target: str, path: tuple[str, ...]) -> None:
        """Follow include or redirect. Without exactly one record there it is a permerror (RFC 7208, 5.2 and 6.1)."""
        # A target with a macro counts, but is only known with a message at hand.
        if not self.may_ask() or has_macro(target):
            return
        name = askable(target)
        if name is None:
            self.problems.append(Problem(Fault.NO_RECORD, target))
            return
        if name in path:
            self.problems.append(Problem(Fault.LOOP, name))
        self.texts.append(txt_question(name))
        found = records(name, self.seen)
        if found is None:
            return
        self.void_lookups += not texts(name, self.seen)
        if len(found) == 1:
            self.follow_record(found[0], (*path, name))
        else:
            self.problems.append(Problem(Fault.SEVERAL if found else Fault.NO_RECORD, name))

    def ask(self, mechanism: str, name: str) -> None:
        """Ask for what a, mx or exists looks up."""
        match mechanism:
            case "a":
                self.address_counts(name, self.addresses)
            case "mx":
                self.mail_hosts(name)
            case "exists":  # asks for A, also for a sender over IPv6 (RFC 7208, 5.7)
                self.addresses.append(question(name, "A"))
                answer = answer_for(name, "A", self.seen)
                self.void_lookups += answer is not None and not answer.values("A")
            case _:  # what ptr asks depends on the sender
                pass

    def mail_hosts(self, name: str) -> None:
        """Count the addresses behind one mx: at most ten of a family may be asked for (RFC 7208, 4.6.4)."""
        self.mx.append(question(name, "MX"))
        answer = answer_for(name, "MX", self.seen)
        if answer is None:
            return
        values = answer.values("MX")
        self.void_lookups += not values
        hosts = sorted({host for value in values if (host := askable(value.partition(" ")[2]))})
        if len(hosts) > MAX_MX_ADDRESSES:
            self.crowded_mx.append(name)
            return
        counts = [self.address_counts(host, self.mx) for host in hosts]
        if max(sum(ipv4 for ipv4, _ in counts), sum(ipv6 for _, ipv6 in counts)) > MAX_MX_ADDRESSES:
            self.crowded_mx.append(name)

    def address_counts(self, name: str, needs: list[Need]) -> tuple[int, int]:
        """Ask for the addresses of a name, and return how many of each family are known.

        A receiver asks for one family only; the lookup is void whichever that is when there is no address at all.
        """
        needs += (question(name, "A"), question(name, "AAAA"))
        ipv4, ipv6 = answer_for(name, "A", self.seen), answer_for(name, "AAAA", self.seen)
        counts = (len(ipv4.values("A")) if ipv4 else 0, len(ipv6.values("AAAA")) if ipv6 else 0)
        self.void_lookups += ipv4 is not None and ipv6 is not None and counts == (0, 0)
        return counts


class Ending(Enum):
    """How the search for the policy came to its end."""

    POLICY = "policy"
    NO_ALL = "no-all"
    DEAD_REDIRECT = "redirect-without-record"
    MACRO = "macro"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class FinalPolicy:
    """What becomes of mail that matches nothing: the ``all`` at the top or behind redirects, who has it, and every need it rests on."""

    ending: Ending
    place: str
    needs: tuple[Need, ...]
    qualifier: Qualifier | None = None


def final_policy(domain: Domain, seen: Evidence) -> FinalPolicy | None:
    """Follow redirects to the record with the last word; None when the domain does not have exactly one record."""
    top = records(domain.name, seen)
    if top is None or len(top) != 1:
        return None
    return _policy_at(domain.name, top[0], (txt_question(domain.name),), seen)


def _policy_at(name: str, text: str, needs: tuple[Need, ...], seen: Evidence) -> FinalPolicy:
    """Read the policy of one record, or go where it redirects to."""
    record = parse(text)
    if record.all is not None:
        return FinalPolicy(Ending.POLICY, name, needs, record.all.qualifier)
    if record.redirect is None:
        return FinalPolicy(Ending.NO_ALL, name, needs)
    if has_macro(record.redirect):
        return FinalPolicy(Ending.MACRO, name, needs)
    return _policy_behind(record.redirect, needs, seen)


def _policy_behind(redirect: str, needs: tuple[Need, ...], seen: Evidence) -> FinalPolicy:
    """Read the policy at the target of a redirect."""
    name = askable(redirect)
    # Back at a record that was read before: the redirects go round, and there is no last word.
    if name is None or txt_question(name) in needs or len(needs) > MAX_LOOKUPS:
        return FinalPolicy(Ending.DEAD_REDIRECT, redirect, needs)
    needs = (*needs, txt_question(name))
    found = records(name, seen)
    if found is None:
        return FinalPolicy(Ending.UNKNOWN, name, needs)
    if len(found) != 1:
        return FinalPolicy(Ending.DEAD_REDIRECT, name, needs)
    return _policy_at(name, found[0], needs, seen)


def spf_needs(domain: Domain, seen: Evidence) -> Iterator[Need]:
    """Ask for the record, then for all that it leads to."""
    yield txt_question(domain.name)
    evaluation = evaluate(domain, seen)
    yield from evaluation.needs if evaluation else ()
    policy = final_policy(domain, seen)
    yield from policy.needs if policy else ()
