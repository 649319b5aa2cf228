# SPDX-License-Identifier: EUPL-1.2
"""The website behind a name: its addresses, what they say on 80 and 443, and what follows when they say nothing."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import cast

from meetlat.facts.hosts import Addresses, address_questions, addresses, connected
from meetlat.model.domain import Domain
from meetlat.model.evidence import Cause, Evidence, Failure, Need, Observation, derived
from meetlat.model.finding import Finding, Status, unanswered


@dataclass(frozen=True, slots=True)
class Response:
    """One HTTP answer, not followed. Header names are lower case; a header may stand there more than once.

    ``is_whole`` is False when the body stopped half-way or was longer than is read.
    """

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str
    body_bytes: int
    is_whole: bool = True

    def header(self, name: str) -> tuple[str, ...]:
        """Return every value of a header, in the order sent."""
        return tuple(value for key, value in self.headers if key == name)

    @property
    def redirect(self) -> str | None:
        """Where a 3xx answer points to, as sent, or None."""
        location = self.header("location")
        return location[0] if location and self.status in {301, 302, 303, 307, 308} else None

    @property
    def is_refusal_of_us(self) -> bool:
        """Whether the server says that it does not serve us now (429 and 503), which says nothing of the site."""
        return self.status in {429, 503}


def page(url: str, address: str) -> Need:
    """Return the need that fetches one URL from one address, without following redirects."""
    return Need("http", url, address)


def http_root(domain: Domain, address: str) -> Need:
    """Return the need for http://domain/ at an address."""
    return page(f"http://{domain}/", address)


def https_root(domain: Domain, address: str) -> Need:
    """Return the need for https://domain/ at an address."""
    return page(f"https://{domain}/", address)


def response(need: Need, seen: Evidence) -> Response | None:
    """Read the HTTP answer to a need, or None when there is none."""
    return seen.reading(need, _response)


def _response(answer: Mapping[str, object]) -> Response:
    """Read an answer."""
    headers = cast("Iterable[Sequence[str]]", answer.get("headers", ()))
    return Response(
        status=cast("int", answer["status"]),
        headers=tuple((name.lower(), value) for name, value in headers),
        body=str(answer.get("body", "")),
        body_bytes=cast("int", answer.get("body_bytes", 0)),
        is_whole=not answer.get("truncated", False),
    )


def site_needs(domain: Domain, seen: Evidence) -> Iterator[Need]:
    """Ask for the addresses, and once those are known for / on 80 and 443 of each."""
    yield from address_questions(domain.name)
    for address in addresses(domain.name, seen).all:
        yield http_root(domain, address)
        yield https_root(domain, address)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address of a site and what came of / on both ports."""

    address: str
    http: Observation | None
    https: Observation | None

    @property
    def answers(self) -> bool | None:
        """Whether port 80 or 443 accepts connections; None when that could not be established."""
        either = {connected(self.http), connected(self.https)}
        if True in either:
            return True
        return None if None in either else False


@dataclass(frozen=True, slots=True)
class Site:
    """The website of a name, as far as it is known."""

    domain: Domain
    addresses: Addresses
    endpoints: tuple[Endpoint, ...]

    @property
    def answers(self) -> bool | None:
        """Whether any address accepts connections; None when that could not be established."""
        each = {endpoint.answers for endpoint in self.endpoints}
        if True in each:
            return True
        return None if None in each else False


@derived
def site(domain: Domain, seen: Evidence) -> Site:
    """Read the website of a name from the evidence."""
    known = addresses(domain.name, seen)
    endpoints = tuple(
        Endpoint(address, seen.get(http_root(domain, address)), seen.get(https_root(domain, address))) for address in known.all
    )
    return Site(domain, known, endpoints)


def without_site(rule: str, here: Site, seen: Evidence) -> Finding | None:
    """Make the finding for a rule about a site that is not there or cannot be reached; None when there is a site to judge.

    No address at all: not applicable. Addresses that never answer: undetermined, theirs. Addresses unknown: undetermined.
    """
    if here.answers:
        return None
    domain = here.domain.name
    questions = address_questions(domain)
    if here.addresses.none_exist:
        return Finding(rule, domain, Status.NOT_APPLICABLE, questions, "no-web-server")
    if not here.addresses.all:
        return unanswered(rule, domain, seen, *questions)
    tried = tuple(need for address in here.addresses.all for need in (http_root(here.domain, address), https_root(here.domain, address)))
    if here.answers is None:
        return unanswered(rule, domain, seen, *tried)
    if not here.addresses.is_known:
        return unanswered(rule, domain, seen, *questions)  # an address that we do not know of may well answer
    return Finding(rule, domain, Status.UNDETERMINED, tried, "no-address-answers", {}, Cause.THEIRS)


def judged_endpoints(rule: str, here: Site, seen: Evidence) -> Iterator[Finding | Endpoint]:
    """Yield for each address that answers its endpoint, and a finding for all that stands in the way of judging the whole site.

    No site, nothing that answers, an address that is dead, a family of addresses that could not be asked for: each is a finding of its own.
    """
    if (gone := without_site(rule, here, seen)) is not None:
        yield gone
        return
    if not here.addresses.is_known:
        yield unanswered(rule, here.domain.name, seen, *address_questions(here.domain.name))
    for endpoint in here.endpoints:
        yield without_answer(rule, here, endpoint, seen) or endpoint


def without_answer(rule: str, here: Site, endpoint: Endpoint, seen: Evidence) -> Finding | None:
    """Make the finding for one address of a site that answers on neither port; None when the address answers."""
    if endpoint.answers:
        return None
    needs = (http_root(here.domain, endpoint.address), https_root(here.domain, endpoint.address))
    if endpoint.answers is None:
        return unanswered(rule, endpoint.address, seen, *needs)
    return Finding(rule, endpoint.address, Status.NOT_APPLICABLE, needs, "address-does-not-answer", {"address": endpoint.address})


def https_is_spoken(observation: Observation | None) -> bool | None:
    """Whether a TLS session came about on 443; None when that could not be established.

    An alert other than unrecognized_name shows a server that does speak TLS, though not with this client; so does a handshake that broke
    down after its server hello: unknown.
    """
    if observation is None:
        return None
    failure = observation.failure
    if failure is None or failure.spoke_tls:
        return True
    if failure.cause is Cause.OURS or failure is Failure.TLS_BROKEN:
        return None
    return False if observation.is_confirmed or not observation.deserves_second_look else None
