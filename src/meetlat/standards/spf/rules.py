# SPDX-License-Identifier: EUPL-1.2
"""What SPF asks: one record that can be read to its last branch, within the limits, that ends in a refusal."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from meetlat.facts import spf_evaluation
from meetlat.facts.spf import Qualifier
from meetlat.facts.spf_evaluation import MAX_LOOKUPS, MAX_VOID_LOOKUPS, Ending, evaluate, final_policy
from meetlat.facts.spf_openness import open_include
from meetlat.facts.txt import is_answered, txt_question
from meetlat.model.evidence import Cause, Evidence, Need
from meetlat.model.finding import Finding, Status, unanswered
from meetlat.model.norm import Norm
from meetlat.model.standard import RuleFunction
from meetlat.model.target import Target

_ONE = "spf.has-one-record"
_WELL_FORMED = "spf.is-well-formed"
_LOOKUPS = "spf.lookups-are-within-limit"
_VOID = "spf.void-lookups-are-within-limit"
_STRICT = "spf.policy-is-strict"


def needs(target: Target, seen: Evidence) -> Iterable[Need]:
    """The record, and all that it leads to."""
    return spf_evaluation.spf_needs(target.domain, seen)


def has_one_record(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 7208, 3.2 and 4.5: the domain has exactly one TXT record that begins with v=spf1."""
    name, need = target.domain.name, txt_question(target.domain.name)
    found = spf_evaluation.records(name, seen)
    if found is None:
        yield unanswered(_ONE, name, seen, need)
    elif not found:
        yield Finding(_ONE, name, Status.VIOLATED, (need,), "no-record")
    elif len(found) > 1:
        yield Finding(_ONE, name, Status.VIOLATED, (need,), "several-records", {"count": str(len(found))})
    else:
        yield Finding(_ONE, name, Status.SATISFIED, (need,), "", {"record": found[0][:500]})


def is_well_formed(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 7208, 4.6, 5.2 and 6.1: the record and all that it includes or redirects to can be read."""
    walk = evaluate(target.domain, seen)
    if walk is None:
        return
    for problem in walk.problems:
        arguments = {"place": problem.place, "text": problem.text[:200]}
        yield Finding(_WELL_FORMED, target.domain.name, Status.VIOLATED, _answered(walk.text_needs, seen), problem.fault.value, arguments)
    if not walk.problems:
        yield _unless_unanswered(_WELL_FORMED, target, seen, walk.text_needs, {})


def lookups_are_within_limit(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 7208, 4.6.4: at most ten terms ask the DNS, and at most ten addresses stand behind one mx."""
    walk = evaluate(target.domain, seen)
    if walk is None:
        return
    name, rests_on = target.domain.name, (*walk.text_needs, *walk.mx_needs)
    if walk.lookups > MAX_LOOKUPS:
        yield Finding(_LOOKUPS, name, Status.VIOLATED, _answered(rests_on, seen), "too-many", {"most": str(MAX_LOOKUPS)})
    for place in walk.crowded_mx:
        yield Finding(_LOOKUPS, name, Status.VIOLATED, _answered(rests_on, seen), "too-many-mx-addresses", {"place": place})
    if walk.lookups <= MAX_LOOKUPS and not walk.crowded_mx:
        yield _unless_unanswered(_LOOKUPS, target, seen, rests_on, {"count": str(walk.lookups), "most": str(MAX_LOOKUPS)})


def void_lookups_are_within_limit(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 7208, 4.6.4: at most two lookups find nothing."""
    walk = evaluate(target.domain, seen)
    if walk is None:
        return
    arguments = {"count": str(walk.void_lookups), "most": str(MAX_VOID_LOOKUPS)}
    if walk.void_lookups > MAX_VOID_LOOKUPS:
        yield Finding(_VOID, target.domain.name, Status.VIOLATED, _answered(walk.needs, seen), "too-many", arguments)
    else:
        yield _unless_unanswered(_VOID, target, seen, walk.needs, arguments)


def policy_is_strict(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """Streefbeeldafspraak OBDO april 2018; RFC 7208, 5.1 and 6.1: mail that matches nothing is refused or suspect (-all, ~all)."""
    policy = final_policy(target.domain, seen)
    if policy is None:
        return
    name = target.domain.name
    arguments: dict[str, str] = {"place": policy.place}
    match policy.ending:
        case Ending.UNKNOWN:
            yield unanswered(_STRICT, name, seen, *policy.needs)
        case Ending.MACRO:
            yield Finding(_STRICT, name, Status.UNDETERMINED, policy.needs, policy.ending.value, arguments, Cause.OURS)
        case Ending.NO_ALL | Ending.DEAD_REDIRECT:
            yield Finding(_STRICT, name, Status.VIOLATED, policy.needs, policy.ending.value, arguments)
        case Ending.POLICY:
            sign = policy.qualifier or Qualifier.PASS
            arguments |= {"policy": f"{sign.value}all"}
            if sign in {Qualifier.FAIL, Qualifier.SOFTFAIL}:
                yield _strict_unless_opened(target, seen, policy.needs, arguments)
            else:
                yield Finding(_STRICT, name, Status.VIOLATED, policy.needs, "permissive", arguments)


def _strict_unless_opened(target: Target, seen: Evidence, needs: tuple[Need, ...], arguments: Mapping[str, str]) -> Finding:
    """Judge a record that ends strictly: an include that lets everybody pass undoes that (RFC 7208, 5.2)."""
    opened = open_include(target.domain, seen)
    rests_on = tuple(dict.fromkeys((*needs, *opened.needs)))
    if opened.place:
        found = {"place": opened.place}
        return Finding(_STRICT, target.domain.name, Status.VIOLATED, _answered(rests_on, seen), "include-passes-everyone", found)
    if opened.is_unknown:
        return unanswered(_STRICT, target.domain.name, seen, *rests_on)
    # A lost answer that could change nothing (that of an -include) is not what this rests on.
    return Finding(_STRICT, target.domain.name, Status.SATISFIED, _answered(rests_on, seen), "", arguments)


def _unless_unanswered(rule: str, target: Target, seen: Evidence, rests_on: tuple[Need, ...], arguments: Mapping[str, str]) -> Finding:
    """Make a satisfied finding, unless a question that could tell otherwise has no answer: for a receiver that is a temperror."""
    if len(_answered(rests_on, seen)) < len(rests_on):
        return unanswered(rule, target.domain.name, seen, *rests_on)
    return Finding(rule, target.domain.name, Status.SATISFIED, rests_on, "", arguments)


def _answered(asked: tuple[Need, ...], seen: Evidence) -> tuple[Need, ...]:
    """Keep what has an answer: a violation rests on what was seen, whatever else is unknown."""
    return tuple(need for need in asked if is_answered(need, seen))


RULES: Mapping[str, RuleFunction] = MappingProxyType(
    {
        _ONE: has_one_record,
        _WELL_FORMED: is_well_formed,
        _LOOKUPS: lookups_are_within_limit,
        _VOID: void_lookups_are_within_limit,
        _STRICT: policy_is_strict,
    }
)
