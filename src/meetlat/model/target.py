# SPDX-License-Identifier: EUPL-1.2
"""What is looked at: a domain in its roles."""

from dataclasses import dataclass
from enum import Enum

from meetlat.model.domain import Domain


class Role(Enum):
    """What a domain is for: the same name may serve a website and stand behind the @."""

    WEB = "web"
    MAIL = "mail"


@dataclass(frozen=True, slots=True)
class Target:
    """A domain in one role."""

    domain: Domain
    role: Role


@dataclass(frozen=True, slots=True)
class Listing:
    """A line of the list of targets: a domain, whose it is, the group of that organisation, and the roles to look at.

    ``organisation_id`` is how the register of organisations knows it (TOOI URI, else ROO id), and ``ministry`` the ministry that it is,
    is part of or relates to. None: not known.
    """

    domain: Domain
    organisation: str
    group: str
    roles: tuple[Role, ...]
    organisation_id: str | None = None
    ministry: str | None = None

    def targets(self) -> tuple[Target, ...]:
        """Return one target per role."""
        return tuple(Target(self.domain, role) for role in self.roles)
