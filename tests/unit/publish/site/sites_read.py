# SPDX-License-Identifier: EUPL-1.2
"""Reads a built site as a browser would: its links, anchors and attributes."""

from dataclasses import dataclass, field
from functools import cache
from html.parser import HTMLParser
from pathlib import Path


@dataclass
class Read:
    """What one page holds."""

    ids: list[str] = field(default_factory=list)
    links: list[str] = field(default_factory=list)
    attributes: set[str] = field(default_factory=set)
    tags: list[str] = field(default_factory=list)


class _Parser(HTMLParser):
    """Gathers what tags say."""

    def __init__(self) -> None:
        super().__init__()
        self.found = Read()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Take one tag."""
        self.found.tags.append(tag)
        for name, value in attrs:
            self.found.attributes.add(name)
            if name == "id":
                self.found.ids.append(value or "")
            if name in {"href", "src"}:
                self.found.links.append(value or "")


def read_site(root: Path) -> dict[Path, Read]:
    """Read every page of a site."""
    found = {}
    for path in sorted(root.rglob("*.html")):
        parser = _Parser()
        parser.feed(path.read_text(encoding="utf-8"))
        found[path.resolve()] = parser.found
    return found


def broken_links(pages: dict[Path, Read]) -> list[str]:
    """List every link within the site that leads to no file, or to no anchor in it."""
    ids = {page: set(read.ids) for page, read in pages.items()}
    real = cache(Path.resolve)  # most pages lead to the same few places
    is_file = cache(Path.is_file)
    broken = []
    for page, read in pages.items():
        for link in read.links:
            if link.startswith(("https://", "http://")):
                continue
            path, _, anchor = link.partition("#")
            target = real(page.parent / path) if path else page
            if not is_file(target) or (anchor and target in pages and anchor not in ids[target]):
                broken.append(f"{page.name}: {link}")
    return broken
