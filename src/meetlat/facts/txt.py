# SPDX-License-Identifier: EUPL-1.2
"""TXT records as facts: the texts at a name, and which names can be asked for at all."""

import re

from meetlat.facts.dns import answer_for, question
from meetlat.model.evidence import Evidence, Need

# What a resolver can be asked without quoting; a record may name things that are no domain name at all.
_LABEL = re.compile(r"[!#%&'*+,\-/0-9:<=>?A-Z\[\]^_`a-z{|}~]{1,63}")
_LONGEST_NAME = 253


def txt_question(name: str) -> Need:
    """Return the question for the TXT records of a name."""
    return question(name, "TXT")


def texts(name: str, seen: Evidence) -> tuple[str, ...] | None:
    """Return the TXT records at a name, each with its strings joined; None when there is no (usable) answer."""
    answer = answer_for(name, "TXT", seen)
    if answer is None or answer.rcode not in {"NOERROR", "NXDOMAIN"}:
        return None
    return answer.values("TXT")


def is_answered(need: Need, seen: Evidence) -> bool:
    """Whether a question has an answer."""
    observation = seen.get(need)
    return observation is not None and observation.answer is not None


def askable(text: str) -> str | None:
    """Return a name in lower case without its final dot, or None when it cannot be asked for (RFC 1035, 2.3.4; RFC 7208, 4.3)."""
    name = text.removesuffix(".").lower()
    if not name or len(name) > _LONGEST_NAME:
        return None
    return name if all(_LABEL.fullmatch(label) for label in name.split(".")) else None
