# SPDX-License-Identifier: EUPL-1.2
"""The Strict-Transport-Security header as a fact."""

import re
from dataclasses import dataclass

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # noqa: S105 - RFC 9110, 5.6.2, not a secret
_DIRECTIVE = re.compile(rf'\s*(?:({_TOKEN})\s*(?:=\s*({_TOKEN}|"(?:[^"\\]|\\.)*")\s*)?)?')


@dataclass(frozen=True, slots=True)
class Hsts:
    """A parsed header: the lifetime, and whether subdomains are included."""

    max_age_seconds: int
    includes_subdomains: bool


def parse(value: str) -> Hsts | None:
    """Parse one header value, or return None when it breaks the grammar. Source: RFC 6797, 6.1 (directives once, max-age required)."""
    directives: dict[str, str] = {}
    for part in value.split(";"):
        match = _DIRECTIVE.fullmatch(part)
        if match is None:
            return None
        name, text = (match[1] or "").lower(), (match[2] or "").strip('"')
        if name in directives:
            return None
        if name:
            directives[name] = text
    max_age = directives.get("max-age", "")
    if not re.fullmatch(r"[0-9]{1,20}", max_age):
        return None
    return Hsts(int(max_age), "includesubdomains" in directives)
