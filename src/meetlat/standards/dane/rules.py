# SPDX-License-Identifier: EUPL-1.2
"""What DANE asks: signed TLSA records for each mail server, that fit the certificate that the server sends."""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from meetlat.facts.dns import existence
from meetlat.model.evidence import Evidence, Need
from meetlat.model.standard import RuleFunction
from meetlat.model.target import Role, Target
from meetlat.standards.dane import rules_of_mail, rules_of_web


def needs(target: Target, seen: Evidence) -> Iterable[Need]:
    """The TLSA records of the website or of each mail host; and where there are any, the certificates that its addresses send."""
    yield existence(target.domain)
    yield from rules_of_web.needs(target.domain, seen) if target.role is Role.WEB else rules_of_mail.needs(target.domain, seen)


RULES: Mapping[str, RuleFunction] = MappingProxyType(
    {
        rules_of_mail.PUBLISHED: rules_of_mail.mail_is_published,
        rules_of_mail.USABLE: rules_of_mail.mail_is_usable,
        rules_of_mail.MATCHES: rules_of_mail.mail_matches,
        rules_of_mail.ROLLOVER: rules_of_mail.mail_is_ready_for_rollover,
        rules_of_web.PUBLISHED: rules_of_web.web_is_published,
        rules_of_web.MATCHES: rules_of_web.web_matches,
    }
)
