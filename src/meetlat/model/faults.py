# SPDX-License-Identifier: EUPL-1.2
"""How it is said that a file or folder cannot be used: a fault of a closed list, where, and what was seen there."""

from enum import Enum
from pathlib import Path
from typing import Generic, TypeVar

Fault = TypeVar("Fault", bound=Enum)


class PlaceError(Exception, Generic[Fault]):
    """A file or folder cannot be used; the value of each fault is its English sentence, which says what, where, and what to do."""

    def __init__(self, fault: Fault, path: Path, detail: str = "") -> None:
        self.fault = fault
        self.path = path
        self.detail = detail
        super().__init__(str(fault.value).format(path=path, detail=detail))


def printable(text: str, most: int) -> str:
    """Return the beginning of a text from outside, of at most so many characters, without what could steer a terminal."""
    return "".join(character if character.isprintable() else "\N{REPLACEMENT CHARACTER}" for character in text[:most])
