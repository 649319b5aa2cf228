# SPDX-License-Identifier: EUPL-1.2
"""What a rule says of a domain in a role that the rule has nothing to do with."""

from meetlat.facts.dns import existence
from meetlat.model.domain import Domain
from meetlat.model.finding import Finding, Status


def not_of_role(rule: str, domain: Domain) -> Finding:
    """Make the finding for a rule about the other role, so that a part of it folds to not applicable instead of undetermined."""
    return Finding(rule, domain.name, Status.NOT_APPLICABLE, (existence(domain),), "role")
