# SPDX-License-Identifier: EUPL-1.2
"""What DANE says of a website; no browser looks at it, so nothing of this must (RFC 6698)."""

from collections.abc import Iterator

from meetlat.facts import web
from meetlat.facts.hosts import address_questions, addresses
from meetlat.facts.roles import not_of_role
from meetlat.facts.sent_chain import web_session, without_chain
from meetlat.facts.tlsa import Published, tlsa_question, tlsa_records
from meetlat.model.domain import Domain
from meetlat.model.evidence import Evidence, Failure, Need
from meetlat.model.finding import Finding, Status, unanswered
from meetlat.model.norm import Norm
from meetlat.model.target import Role, Target
from meetlat.standards.dane.published import Service, fit_with_chains, publication, without_records

PUBLISHED = "dane.web-is-published"
MATCHES = "dane.web-matches"

_PORT = 443


def needs(domain: Domain, seen: Evidence) -> Iterator[Need]:
    """Ask for the TLSA records, and when there are any, for the certificates that each address with HTTPS sends."""
    yield from address_questions(domain.name)
    need = tlsa_question(domain.name, _PORT)
    yield need
    if tlsa_records(need, seen).state is not Published.SECURE:
        return
    yield from web.site_needs(domain, seen)
    yield from (web_session(domain, one.address) for one in web.site(domain, seen).endpoints if _speaks_tls(one))


def _speaks_tls(endpoint: web.Endpoint) -> bool:
    """Whether an address speaks TLS on 443, be it not with our client."""
    return bool(web.https_is_spoken(endpoint.https)) or (endpoint.https is not None and endpoint.https.failure is Failure.TLS_ALERT)


def web_is_published(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 6698, 3: the website has TLSA records that DNSSEC vouches for."""
    domain = target.domain
    questions = address_questions(domain.name)
    known = addresses(domain.name, seen)
    if target.role is not Role.WEB:
        yield not_of_role(PUBLISHED, domain)
    elif known.none_exist:
        yield Finding(PUBLISHED, domain.name, Status.NOT_APPLICABLE, questions, "no-web-server")
    elif not known.all:
        yield unanswered(PUBLISHED, domain.name, seen, *questions)
    else:
        yield publication(PUBLISHED, domain.name, tlsa_question(domain.name, _PORT), seen)


def web_matches(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """RFC 6698, 2.1: at each address a usable record fits the certificates that are sent."""
    domain = target.domain
    need = tlsa_question(domain.name, _PORT)
    if target.role is not Role.WEB:
        yield not_of_role(MATCHES, domain)
        return
    if addresses(domain.name, seen).none_exist:
        yield Finding(MATCHES, domain.name, Status.NOT_APPLICABLE, address_questions(domain.name), "no-web-server")
        return
    if (gone := without_records(MATCHES, domain.name, need, seen)) is not None:
        yield gone
        return
    if not tlsa_records(need, seen).usable:
        yield Finding(MATCHES, domain.name, Status.NOT_APPLICABLE, (need,), "none-usable", {"host": domain.name})
        return
    for found in web.judged_endpoints(MATCHES, web.site(domain, seen), seen):
        yield found if isinstance(found, Finding) else _match(domain, found, seen)


def _match(domain: Domain, endpoint: web.Endpoint, seen: Evidence) -> Finding:
    """Judge one address that answers."""
    address, session = endpoint.address, web_session(domain, endpoint.address)
    need = tlsa_question(domain.name, _PORT)
    service = Service(need, tlsa_records(need, seen).usable, (domain.name,))
    if (found := fit_with_chains(MATCHES, service, session, seen)) is not None:
        return found
    https = web.https_root(domain, address)
    if web.https_is_spoken(endpoint.https) is False:
        return Finding(MATCHES, address, Status.NOT_APPLICABLE, (https,), "no-https", {"host": domain.name, "address": address})
    if not _speaks_tls(endpoint):
        return unanswered(MATCHES, address, seen, https)
    return without_chain(MATCHES, address, seen, session)
