# SPDX-License-Identifier: EUPL-1.2
"""What CAA asks: the DNS says who may issue certificates for the website, and for each mail server."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from meetlat.facts import caa, mail
from meetlat.facts.dns import existence
from meetlat.facts.hosts import address_questions, addresses
from meetlat.model.evidence import Cause, Evidence, Need
from meetlat.model.finding import Finding, Status, unanswered
from meetlat.model.norm import Norm
from meetlat.model.standard import RuleFunction
from meetlat.model.target import Role, Target

_PUBLISHED = "caa.is-published"
_WELL_FORMED = "caa.is-well-formed"
_LIMITS = "caa.limits-issuance"
_KNOWN_TAGS = "caa.critical-tags-are-known"

_Judge = Callable[[str, caa.Found], Finding]


def needs(target: Target, seen: Evidence) -> Iterable[Need]:
    """The CAA records of the website's name, or of each mail host; and while there are none, of the name above."""
    yield existence(target.domain)
    if target.role is Role.WEB:
        yield from address_questions(target.domain.name)
        names: tuple[str, ...] = (target.domain.name,)
    else:
        yield mail.mx_question(target.domain)
        names = mail.mx_records(target.domain, seen).hosts
    for name in names:
        yield from caa.caa_needs(name, seen)


def is_published(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 8659, 3: the name, or else the nearest name above it that has any, has CAA records."""

    def judge(name: str, found: caa.Found) -> Finding:
        status = Status.SATISFIED if found.place else Status.VIOLATED
        return Finding(_PUBLISHED, name, status, found.questions, "" if found.place else "none", {"name": name, "place": found.place})

    for told in _each_name(_PUBLISHED, target, seen):
        yield told if isinstance(told, Finding) else judge(*told)


def is_well_formed(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 8659, 4: flags, tag and value of every property follow the grammar, as do the parameters of RFC 8657."""

    def judge(name: str, found: caa.Found) -> Finding:
        faulty = [str(one) for one in found.properties if one.fault]
        arguments = {"place": found.place, "records": ", ".join(faulty[:5])}
        if faulty:
            return Finding(_WELL_FORMED, name, Status.VIOLATED, found.questions, "malformed", arguments)
        if found.unreadable:
            return Finding(_WELL_FORMED, name, Status.UNDETERMINED, found.questions, "unreadable", arguments, Cause.OURS)
        return Finding(_WELL_FORMED, name, Status.SATISFIED, found.questions, "", arguments)

    return _each_record_set(_WELL_FORMED, target, seen, judge)


def limits_issuance(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 8659, 4.2: an issue property says who may issue; without one everybody may."""

    def judge(name: str, found: caa.Found) -> Finding:
        values = [one.value for one in found.properties if one.tag == "issue"]
        arguments = {"place": found.place, "issuers": ", ".join(values[:10])}
        if values:
            return Finding(_LIMITS, name, Status.SATISFIED, found.questions, "", arguments)
        if found.unreadable:
            return Finding(_LIMITS, name, Status.UNDETERMINED, found.questions, "unreadable", arguments, Cause.OURS)
        return Finding(_LIMITS, name, Status.VIOLATED, found.questions, "no-issue", arguments)

    return _each_record_set(_LIMITS, target, seen, judge)


def critical_tags_are_known(target: Target, seen: Evidence, norm: Norm) -> Iterator[Finding]:
    """RFC 8659, 4.1: who meets a critical property that it does not know must not issue at all."""
    known = frozenset(norm.words("known_tags"))

    def judge(name: str, found: caa.Found) -> Finding:
        unknown = sorted({one.tag for one in found.properties if one.is_critical and one.tag not in known})
        arguments = {"place": found.place, "tags": ", ".join(unknown[:10])}
        status = Status.VIOLATED if unknown else Status.SATISFIED
        return Finding(_KNOWN_TAGS, name, status, found.questions, "unknown" if unknown else "", arguments)

    return _each_record_set(_KNOWN_TAGS, target, seen, judge)


def _each_record_set(rule: str, target: Target, seen: Evidence, judge: _Judge) -> Iterator[Finding]:
    """Judge the relevant records of each name, where there are any."""
    for told in _each_name(rule, target, seen):
        if isinstance(told, Finding):
            yield told
            continue
        name, found = told
        if found.place:
            yield judge(name, found)
        else:
            yield Finding(rule, name, Status.NOT_APPLICABLE, found.questions, "none-published", {"name": name})


def _each_name(rule: str, target: Target, seen: Evidence) -> Iterator[Finding | tuple[str, caa.Found]]:
    """Yield each name that certificates are asked for, with what was found; and a finding for all that stands in the way."""
    for name in _names(rule, target, seen):
        if isinstance(name, Finding):
            yield name
            continue
        found = caa.found(name, seen)
        yield (name, found) if found.is_known else unanswered(rule, name, seen, found.questions[-1])


def _names(rule: str, target: Target, seen: Evidence) -> Iterator[Finding | str]:
    """Yield the name of the website or of each mail host, or say why there is none."""
    domain = target.domain
    if target.role is Role.MAIL:
        gone = mail.without_mail(rule, domain, seen)
        yield from (gone,) if gone else mail.mx_records(domain, seen).hosts
        return
    known, questions = addresses(domain.name, seen), address_questions(domain.name)
    if known.none_exist:
        yield Finding(rule, domain.name, Status.NOT_APPLICABLE, questions, "no-web-server")
    elif not known.all:
        yield unanswered(rule, domain.name, seen, *questions)
    else:
        yield domain.name


RULES: Mapping[str, RuleFunction] = MappingProxyType(
    {
        _PUBLISHED: is_published,
        _WELL_FORMED: is_well_formed,
        _LIMITS: limits_issuance,
        _KNOWN_TAGS: critical_tags_are_known,
    }
)
