# SPDX-License-Identifier: EUPL-1.2
"""What is asked of HTTP compression: that pages over HTTPS go without, because the length of a compressed page betrays what is in it."""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from meetlat.facts import response_headers, web
from meetlat.facts.front_page import FrontPage, compressed_https_root, front_pages
from meetlat.model.evidence import Evidence, Need
from meetlat.model.finding import Finding
from meetlat.model.norm import Norm
from meetlat.model.standard import RuleFunction
from meetlat.model.target import Target

_OFF = "http_compression.is-off-on-pages"


def needs(target: Target, seen: Evidence) -> Iterator[Need]:
    """The front page over HTTPS, at each address; where there is HTTPS once more, with compression allowed."""
    yield from web.site_needs(target.domain, seen)
    for endpoint in web.site(target.domain, seen).endpoints:
        if web.https_is_spoken(endpoint.https):
            yield compressed_https_root(target.domain, endpoint.address)


def is_off_on_pages(target: Target, seen: Evidence, _norm: Norm) -> Iterator[Finding]:
    """Internet.nl, web_https_http_compress (BREACH, 2013): an answer to who accepts compression comes without Content-Encoding."""
    for found in front_pages(_OFF, target.domain, seen, compressed_https_root):
        yield found if isinstance(found, Finding) else _coding(found)


def _coding(page: FrontPage) -> Finding:
    """Look for a content coding; "identity" is the name of none (RFC 9110, 12.5.3)."""
    members = response_headers.split(page.response.header("content-encoding"))
    codings = [member for member in members if member and member.lower() != "identity"]
    if codings:
        return page.violated(_OFF, "compressed", coding=", ".join(codings)[:100])
    return page.satisfied(_OFF)


RULES: Mapping[str, RuleFunction] = MappingProxyType({_OFF: is_off_on_pages})
