# SPDX-License-Identifier: EUPL-1.2
"""Redirects followed through the evidence: each hop is a page that was asked for, or one that is still to be asked."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from meetlat.facts import urls, web
from meetlat.facts.hosts import address_questions, addresses
from meetlat.facts.urls import Url
from meetlat.model.evidence import Evidence, Need

MAX_REDIRECTS = 5


class End(Enum):
    """How a journey ended. ``UNKNOWN``: a page or an address on the way has no answer (yet); the rest is established."""

    ANSWERED = "answered"
    UNKNOWN = "unknown"
    TO_HTTP = "redirect-to-http"
    UNREADABLE = "unreadable-redirect"
    NOWHERE = "redirect-to-nowhere"
    LOOP = "redirect-loop"
    TOO_MANY = "too-many-redirects"


@dataclass(frozen=True, slots=True)
class Journey:
    """A page, with the redirects on the way to it; ``needs`` is every question it rests on or still waits for.

    ``url`` is the last page that was asked for; ``response`` and ``at`` are there when it ended in an answer.
    """

    end: End
    url: str
    needs: tuple[Need, ...]
    response: web.Response | None = None
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class _Hop:
    """One page on the way: the questions for it, and what came of them."""

    needs: tuple[Need, ...]
    address: str = ""
    response: web.Response | None = None


def destination(url: str, response: web.Response) -> Url | None:
    """Return where a redirect leads to, or None when that cannot be told.

    Several Location fields that differ cannot be told: RFC 9110, 5.3 allows one, and browsers do not agree which counts.
    """
    locations = set(response.header("location"))
    return urls.resolve(url, _as_sent(locations.pop())) if len(locations) == 1 else None


def _as_sent(location: str) -> str:
    """Undo the reading of a header as Latin-1 where the server sent UTF-8, as browsers do."""
    try:
        return location.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return location


def follow(start: str, address: str, seen: Evidence) -> Journey:
    """Follow redirects from a page at an address: https only, at most five, never in a circle. Source: RFC 9116, 3; RFC 9110, 15.4.

    On the same host the address stays; of another host IPv6 is tried first, and the next address when one does not do TLS.
    """
    url, needs, visited = start, list[Need](), set[str]()
    hop = _visit(start, (address,), seen)
    while True:
        needs += hop.needs
        visited.add(url)
        if hop.response is None:
            return Journey(End.UNKNOWN, url, tuple(needs))
        if hop.response.redirect is None:
            return Journey(End.ANSWERED, url, tuple(needs), hop.response, _time(hop, seen))
        to = destination(url, hop.response)
        if (obstacle := _obstacle(to, visited)) is not None or to is None:
            return Journey(obstacle or End.UNREADABLE, url, tuple(needs))
        if _same_host(url, to):
            candidates: tuple[str, ...] = (hop.address,)
        else:
            needs += address_questions(to.host)
            known = addresses(to.host, seen)
            if not known.is_known or known.none_exist:
                return Journey(End.NOWHERE if known.none_exist else End.UNKNOWN, url, tuple(needs))
            candidates = known.all
        url = str(to)
        hop = _visit(url, candidates, seen)


def _visit(url: str, candidates: tuple[str, ...], seen: Evidence) -> _Hop:
    """Look for the page at each address in turn; the next only when it is established that this one does not do TLS."""
    needs: list[Need] = []
    for address in candidates:
        need = web.page(url, address)
        needs.append(need)
        response = web.response(need, seen)
        if response is not None:
            return _Hop(tuple(needs), address, response)
        if web.https_is_spoken(seen.get(need)) is not False:
            break
    return _Hop(tuple(needs))


def _obstacle(to: Url | None, visited: set[str]) -> End | None:
    """Tell why a redirect is not followed, or None when it is."""
    if to is None:
        return End.UNREADABLE
    if not to.is_secure:
        return End.TO_HTTP
    if str(to) in visited:
        return End.LOOP
    if not to.names_a_domain:
        # A certificate for an IP address is rare, and a bare label means something else to everybody: nothing that a finder can rely on.
        return End.UNREADABLE
    return End.TOO_MANY if len(visited) > MAX_REDIRECTS else None


def _same_host(url: str, to: Url) -> bool:
    """Whether a redirect stays on the host, whatever the port."""
    here = urls.parse(url)
    return here is not None and here.host == to.host


def _time(hop: _Hop, seen: Evidence) -> datetime | None:
    """Return when the last page of a hop was seen."""
    observation = seen.get(hop.needs[-1])
    return observation.at if observation else None
