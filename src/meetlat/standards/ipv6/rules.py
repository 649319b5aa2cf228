# SPDX-License-Identifier: EUPL-1.2
"""What IPv6 asks: name servers, website and mail servers work over IPv6 as they do over IPv4.

The rules stand in one module per part, the parts of the IV-meting: name servers, web, mail.
"""

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from meetlat.facts import mail, name_servers, web
from meetlat.facts.dns import existence
from meetlat.model.evidence import Evidence, Need
from meetlat.model.standard import RuleFunction
from meetlat.model.target import Role, Target
from meetlat.standards.ipv6 import rules_of_mail, rules_of_name_servers, rules_of_web


def needs(target: Target, seen: Evidence) -> Iterable[Need]:
    """The name servers of the zone, and the website or the mail servers."""
    yield existence(target.domain)
    yield from name_servers.name_server_needs(target.domain, seen)
    match target.role:
        case Role.WEB:
            yield from web.site_needs(target.domain, seen)
        case Role.MAIL:
            yield from mail.mail_server_needs(target.domain, seen)


RULES: Mapping[str, RuleFunction] = MappingProxyType(
    {
        rules_of_name_servers.TWO_HAVE_ADDRESS: rules_of_name_servers.two_name_servers_have_address,
        rules_of_name_servers.ANSWER: rules_of_name_servers.name_servers_answer,
        rules_of_web.HAS_ADDRESS: rules_of_web.web_has_address,
        rules_of_web.REACHABLE: rules_of_web.web_is_reachable,
        rules_of_web.SAME_SERVICE: rules_of_web.web_same_service,
        rules_of_web.SAME_CONTENT: rules_of_web.web_same_content,
        rules_of_mail.HAS_ADDRESS: rules_of_mail.mail_has_address,
        rules_of_mail.REACHABLE: rules_of_mail.mail_is_reachable,
    }
)
