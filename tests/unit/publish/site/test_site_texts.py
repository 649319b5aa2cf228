# SPDX-License-Identifier: EUPL-1.2
"""The words of the site, of charts and of the command: the same in both languages, and all of them used."""

import string
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).resolve().parents[4] / "src" / "meetlat"
BOOKS = ("publish/texts/site", "publish/texts/charts", "cli/texts/site")


def _leaves(tree: object, at: str = "") -> Iterator[tuple[str, object]]:
    """Yield every text with its key."""
    if isinstance(tree, dict):
        for name, inner in tree.items():
            yield from _leaves(inner, f"{at}.{name}" if at else name)
    else:
        yield at, tree


def _book(name: str, language: str) -> dict[str, object]:
    """Read a book of texts, flat."""
    return dict(_leaves(tomllib.loads((SOURCE / f"{name}.{language}.toml").read_text(encoding="utf-8"))))


def _placeholders(text: object) -> set[str]:
    """Return what a text, or a list of texts, is filled in with."""
    return {name for _, name, _, _ in string.Formatter().parse(str(text)) if name}


@pytest.mark.parametrize("name", BOOKS)
def test_both_languages_say_the_same_things(name):
    """The same keys, filled in with the same arguments, and as many lines."""
    dutch, english = _book(name, "nl"), _book(name, "en")
    assert dutch.keys() == english.keys()
    for key, text in dutch.items():
        assert _placeholders(text) == _placeholders(english[key]), key
        assert isinstance(text, list) == isinstance(english[key], list), key
        assert len(text) == len(english[key]) or not isinstance(text, list), key


def test_every_word_of_the_site_is_used():
    """A text that no page says any more is not kept; keys that are made of a value count by how they begin."""
    folders = (SOURCE / "publish" / "site", SOURCE / "publish" / "templates" / "site")
    code = "\n".join(path.read_text(encoding="utf-8") for folder in folders for path in sorted(folder.glob("*.*"))).replace("'", '"')
    for key in _book("publish/texts/site", "nl"):
        begins = {f"{key[: at + 1]}{{" for at, letter in enumerate(key) if letter in "._"}
        assert f'"{key}"' in code or f"s.{key}" in code or any(one in code for one in begins), key
