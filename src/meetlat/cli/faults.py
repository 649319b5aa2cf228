# SPDX-License-Identifier: EUPL-1.2
"""What a person did that cannot be carried out: one sentence, exit code 2."""

from meetlat.cli.words import say


class UsageFault(Exception):  # noqa: N818 - it is the user's fault, not an error of the program
    """The command cannot be carried out; the message is one clear sentence."""


def fault(key: str, **arguments: object) -> UsageFault:
    """Make the fault with this text ("error.role") in the language of the terminal."""
    return UsageFault(say(f"error.{key}", **arguments))
