# SPDX-License-Identifier: EUPL-1.2
"""What can be seen of DKIM from outside: whether there is a place for keys."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from meetlat.facts.dmarc import reading
from meetlat.facts.dns import read
from meetlat.facts.sending import non_sending, non_sending_needs
from meetlat.facts.txt import txt_question
from meetlat.model.domain import Domain
from meetlat.model.evidence import Evidence, Need
from meetlat.model.finding import Finding, Status, unanswered
from meetlat.model.norm import Norm
from meetlat.model.standard import RuleFunction
from meetlat.model.target import Target

_EXISTS = "dkim.domainkey-exists"


def needs(target: Target, seen: Evidence) -> Iterator[Need]:
    """The name under which keys stand; when that is not there, whether the domain sends mail at all."""
    need = _domainkey(target.domain)
    yield need
    if _exists(need, seen) is False:
        yield from non_sending_needs(target.domain, seen)


def domainkey_exists(target: Target, seen: Evidence, norm: Norm) -> Iterable[Finding]:
    """RFC 6376, 3.6.2.1, and RFC 8020: keys stand below _domainkey, so with a key that name exists, with or without data of its own."""
    name, need = target.domain.name, _domainkey(target.domain)
    exists = _exists(need, seen)
    if exists is None:
        return (unanswered(_EXISTS, name, seen, need),)
    if exists:
        return (Finding(_EXISTS, name, Status.SATISFIED, (need,)),)
    silent = non_sending(target.domain, seen, reading(norm))
    rests_on = (need, *silent.needs)
    if silent.is_said is None:
        return (unanswered(_EXISTS, name, seen, *rests_on),)
    if silent.is_said:
        return (Finding(_EXISTS, name, Status.NOT_APPLICABLE, rests_on, "non-sending"),)
    return (Finding(_EXISTS, name, Status.VIOLATED, rests_on, "no-domainkey"),)


def _domainkey(domain: Domain) -> Need:
    """Return the question for the name under which the keys of a domain stand."""
    return txt_question(f"_domainkey.{domain}")


def _exists(need: Need, seen: Evidence) -> bool | None:
    """Whether a name exists; None when there is no (usable) answer."""
    answer = read(need, seen)
    if answer is None or answer.rcode not in {"NOERROR", "NXDOMAIN"}:
        return None
    return answer.name_exists


RULES: Mapping[str, RuleFunction] = MappingProxyType({_EXISTS: domainkey_exists})
