# SPDX-License-Identifier: EUPL-1.2
"""Where every page stands: file names that are safe on any file system, unique, and the same for the same input."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from meetlat.model.domain import Domain
from meetlat.publish.pages import page_name

INDEX = "index.html"
STANDARDS, SUPPLIERS, GROUPS, SEARCH = (f"{name}/{INDEX}" for name in ("standard", "supplier", "group", "search"))
AGREEMENTS, TRENDS, METHOD, DATA, ACCESSIBILITY = (f"{name}.html" for name in ("agreements", "trends", "method", "data", "accessibility"))

_LONGEST = 60
_DIGEST = 10
_OTHER = re.compile(r"[^a-z0-9]+")
# Names that Windows keeps for devices, with any ending; and that of the list of a folder.
_RESERVED = re.compile(r"con|prn|aux|nul|com[0-9]|lpt[0-9]|index")
_Key = TypeVar("_Key", bound=Hashable)

Whose = tuple[str, str]  # a group and an organisation in it


@dataclass(frozen=True, slots=True)
class Places:
    """The paths of the pages of things that have names from outside, as seen from the folder of a language."""

    groups: Mapping[str, str] = field(default_factory=dict)
    organisations: Mapping[Whose, str] = field(default_factory=dict)
    suppliers: Mapping[str, str] = field(default_factory=dict)

    def standard(self, standard: str) -> str:
        """Return the path of the page of a standard."""
        return f"standard/{standard}.html"

    def domain(self, domain: Domain) -> str:
        """Return the path of the page of a domain."""
        return f"domain/{page_name(domain)}"


def places(groups: Iterable[str], organisations: Iterable[Whose], suppliers: Iterable[str]) -> Places:
    """Give everything its place."""
    return Places(
        _in("group", {group: group for group in groups}),
        _in("organisation", {whose: whose[1] for whose in organisations}),
        _in("supplier", {supplier: supplier for supplier in suppliers}),
    )


def rule_anchor(rule: str) -> str:
    """Return the anchor of a rule on the page of its standard."""
    return rule.replace(".", "-")


def up(path: str) -> str:
    """Return what leads from a page to the folder of its language."""
    return "../" * path.count("/")


def slug(name: str) -> str:
    """Write a name with letters that need no care; empty when nothing is left of it."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode("ascii").lower()
    return _OTHER.sub("-", plain)[:_LONGEST].strip("-")


def _in(folder: str, named: Mapping[_Key, str]) -> dict[_Key, str]:
    """Name the pages of one folder. Where two would be called the same, all of them get a digest, whatever their order."""
    slugs = {key: slug(name) for key, name in named.items()}
    taken = Counter(slugs.values())
    found = {}
    for key, short in slugs.items():
        is_alone = short and taken[short] == 1 and not _RESERVED.fullmatch(short)
        found[key] = f"{folder}/{short if is_alone else '-'.join(filter(None, (short, _digest(key))))}.html"
    return found


def _digest(key: Hashable) -> str:
    """Return a short digest of a name, and of the group that it is in."""
    parts = key if isinstance(key, tuple) else (key,)
    written = "\0".join(str(part) for part in parts)
    return hashlib.sha256(written.encode("utf-8", "backslashreplace")).hexdigest()[:_DIGEST]
