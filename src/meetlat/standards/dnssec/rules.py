# SPDX-License-Identifier: EUPL-1.2
"""What DNSSEC asks: the name of the domain, and of each of its mail servers, is signed, and the signatures are right."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType

from meetlat.facts import mail
from meetlat.facts.dns import DnsAnswer, Security, existence, question, read
from meetlat.facts.roles import not_of_role
from meetlat.facts.second_look import awaits_second_look
from meetlat.model.evidence import Evidence, Need
from meetlat.model.finding import Finding, Status, unanswered
from meetlat.model.norm import Norm
from meetlat.model.standard import RuleFunction
from meetlat.model.target import Role, Target

_DOMAIN_SIGNED = "dnssec.domain-is-signed"
_DOMAIN_VALID = "dnssec.domain-signatures-are-valid"
_MX_SIGNED = "dnssec.mx-is-signed"
_MX_VALID = "dnssec.mx-signatures-are-valid"

# RFC 8914, 4.8 to 4.13: what a resolver says of a bogus answer, the most telling first.
_REASONS = {
    7: "expired",
    8: "not-yet-valid",
    10: "missing-rrsig",
    11: "no-zone-key",
    12: "missing-nsec",
    9: "no-dnskey-for-ds",
}


def needs(target: Target, seen: Evidence) -> Iterable[Need]:
    """The SOA question for the name, and for each mail host of a mail domain."""
    yield existence(target.domain)
    if target.role is Role.MAIL:
        yield mail.mx_question(target.domain)
        for host in mail.mx_records(target.domain, seen).hosts:
            yield question(host, "SOA")


def domain_is_signed(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 4035, 4.3: the answer for the name itself comes out of a chain of signed zones."""
    yield _signed(_DOMAIN_SIGNED, target.domain.name, seen)


def domain_signatures_are_valid(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 4035, 5: the signatures over the answer for the name itself can be verified."""
    yield _valid(_DOMAIN_VALID, target.domain.name, seen)


def mx_is_signed(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 4035, 4.3: the answer for the name of each mail host comes out of a chain of signed zones; a denial too."""
    return _each_mail_host(_MX_SIGNED, _signed, target, seen)


def mx_signatures_are_valid(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 4035, 5: the signatures over the answer for the name of each mail host can be verified."""
    return _each_mail_host(_MX_VALID, _valid, target, seen)


def _each_mail_host(rule: str, judge: Callable[[str, str, Evidence], Finding], target: Target, seen: Evidence) -> Iterator[Finding]:
    """Judge the name of each mail host, or say why there is none."""
    if target.role is not Role.MAIL:
        yield not_of_role(rule, target.domain)
    elif (gone := mail.without_mail(rule, target.domain, seen)) is not None:
        yield gone
    else:
        for host in mail.mx_records(target.domain, seen).hosts:
            yield judge(rule, host, seen)


def _signed(rule: str, name: str, seen: Evidence) -> Finding:
    """Judge whether a name is signed. Bogus is signed: only where a DS record promises signatures can they be wrong."""
    need = question(name, "SOA")
    answer = read(need, seen)
    if answer is None:
        return unanswered(rule, name, seen, need)
    if answer.security is not Security.INSECURE:
        return Finding(rule, name, Status.SATISFIED, (need,), "", {"name": name})
    alias = _alias(name, answer)
    return Finding(rule, name, Status.VIOLATED, (need,), "unsigned-alias" if alias else "unsigned", {"name": name, "alias": alias})


def _alias(name: str, answer: DnsAnswer) -> str:
    """Return the name that a name points to, or nothing: then a zone of somebody else may be the unsigned one."""
    return next((record.data for record in answer.records if record.type == "CNAME" and record.owner == name), "")


def _valid(rule: str, name: str, seen: Evidence) -> Finding:
    """Judge the signatures over a name; a fault counts when it is seen twice, for a lost answer looks the same."""
    need = question(name, "SOA")
    answer = read(need, seen)
    if answer is None:
        return unanswered(rule, name, seen, need)
    match answer.security:
        case Security.SECURE:
            return Finding(rule, name, Status.SATISFIED, (need,), "", {"name": name})
        case Security.INSECURE:
            return Finding(rule, name, Status.NOT_APPLICABLE, (need,), "unsigned", {"name": name})
        case Security.BOGUS if awaits_second_look(need, seen):
            return unanswered(rule, name, seen, need)
        case Security.BOGUS:
            told = "; ".join(f"{code} {text}".strip() for code, text in answer.ede)
            return Finding(rule, name, Status.VIOLATED, (need,), _reason(answer), {"name": name, "told": told})


def _reason(answer: DnsAnswer) -> str:
    """Choose the word for why an answer is bogus."""
    codes = {code for code, _ in answer.ede}
    return next((reason for code, reason in _REASONS.items() if code in codes), "bogus")


RULES: Mapping[str, RuleFunction] = MappingProxyType(
    {
        _DOMAIN_SIGNED: domain_is_signed,
        _DOMAIN_VALID: domain_signatures_are_valid,
        _MX_SIGNED: mx_is_signed,
        _MX_VALID: mx_signatures_are_valid,
    }
)
