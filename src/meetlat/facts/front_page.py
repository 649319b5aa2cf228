# SPDX-License-Identifier: EUPL-1.2
"""The front page over HTTPS at every address of a site, and what stands in the way of judging it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from meetlat.facts import web
from meetlat.facts.hosts import connected
from meetlat.model.domain import Domain
from meetlat.model.evidence import Evidence, Need
from meetlat.model.finding import Finding, Status, unanswered

NeedOf = Callable[[Domain, str], Need]


@dataclass(frozen=True, slots=True)
class FrontPage:
    """The answer of one address to / over HTTPS, not followed."""

    address: str
    need: Need
    response: web.Response

    def satisfied(self, rule: str, reason: str = "", **arguments: str) -> Finding:
        """Make the finding that this page keeps a rule."""
        return Finding(rule, self.address, Status.SATISFIED, (self.need,), reason, {"address": self.address, **arguments})

    def violated(self, rule: str, reason: str, **arguments: str) -> Finding:
        """Make the finding that this page breaks a rule, and how."""
        return Finding(rule, self.address, Status.VIOLATED, (self.need,), reason, {"address": self.address, **arguments})


def compressed_https_root(domain: Domain, address: str) -> Need:
    """Return the need for https://domain/ at an address, asked so that the server may compress its answer."""
    return Need("http_compressed", f"https://{domain}/", address)


def front_pages(rule: str, domain: Domain, seen: Evidence, need_of: NeedOf = web.https_root) -> Iterator[Finding | FrontPage]:
    """Yield for each address its front page, and a finding for all that stands in the way of judging it.

    Without HTTPS there is nothing to judge; a server that is too busy for us (429, 503) says nothing of its site.
    """
    for found in web.judged_endpoints(rule, web.site(domain, seen), seen):
        yield found if isinstance(found, Finding) else _at(rule, domain, found, seen, need_of)


def _at(rule: str, domain: Domain, endpoint: web.Endpoint, seen: Evidence, need_of: NeedOf) -> Finding | FrontPage:
    """Look at one address that answers."""
    https, need = web.https_root(domain, endpoint.address), need_of(domain, endpoint.address)
    match web.https_is_spoken(endpoint.https):
        case False:
            # That it answers at all may be known from port 80 only.
            needs = (https,) if connected(endpoint.https) else (https, web.http_root(domain, endpoint.address))
            return Finding(rule, endpoint.address, Status.NOT_APPLICABLE, needs, "no-https", {"address": endpoint.address})
        case None:
            return unanswered(rule, endpoint.address, seen, https)
        case True:
            response = web.response(need, seen)
            if response is None or response.is_refusal_of_us:
                return unanswered(rule, endpoint.address, seen, need)
            return FrontPage(endpoint.address, need, response)
