# SPDX-License-Identifier: EUPL-1.2
"""Whether an answer may already count, or waits for the same question to be asked again."""

from meetlat.model.evidence import Evidence, Need


def awaits_second_look(need: Need, seen: Evidence) -> bool:
    """Whether what is known of a need may still come out otherwise: it failed or broke off, and was asked only once."""
    observation = seen.get(need)
    return observation is not None and observation.deserves_second_look and not observation.is_confirmed
