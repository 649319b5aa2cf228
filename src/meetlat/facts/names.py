# SPDX-License-Identifier: EUPL-1.2
"""Whether a certificate names a host (RFC 9525): DNS names in subjectAltName only, never the common name."""

import re
from collections.abc import Iterable

_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?")
_LONGEST_NAME = 253


def names_host(presented: Iterable[str], host: str) -> bool:
    """Whether one of the names that a certificate presents is that of the host, given in A-labels.

    Source: RFC 9525, 6.3: compared without regard to case; a wildcard is the whole left-most label, and stands for exactly one.
    """
    wanted = host.lower().removesuffix(".")
    return _is_name(wanted) and any(_fits(name.lower(), wanted) for name in presented)


def _fits(presented: str, wanted: str) -> bool:
    """Whether one presented name, in lower case, fits."""
    if not presented.startswith("*."):
        return _is_name(presented) and presented == wanted
    rest = presented[2:]
    return _is_name(rest) and wanted.partition(".")[2] == rest


def _is_name(text: str) -> bool:
    """Whether a text is a name in A-labels, of which a wildcard is no part."""
    return len(text) <= _LONGEST_NAME and all(_LABEL.fullmatch(label) for label in text.split("."))
