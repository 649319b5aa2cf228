# SPDX-License-Identifier: EUPL-1.2
"""What TLS asks, as NCSC-NL has it: of websites, and of mail servers after STARTTLS."""

from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType

from meetlat.facts import mail, web
from meetlat.facts.dns import existence
from meetlat.facts.hosts import addresses
from meetlat.facts.sent_chain import mail_session, web_session
from meetlat.model.evidence import Evidence, Need
from meetlat.model.standard import RuleFunction
from meetlat.model.target import Role, Target
from meetlat.standards.tls import rules_of_certificates as certificates
from meetlat.standards.tls import rules_of_key_exchange as key_exchange
from meetlat.standards.tls import rules_of_sessions as sessions
from meetlat.standards.tls import rules_of_suites as suites
from meetlat.standards.tls.judged_servers import OFFERED


def needs(target: Target, seen: Evidence) -> Iterable[Need]:
    """The site or mail servers first; then all that can be known of the TLS of each address that has any."""
    yield existence(target.domain)
    yield from _of_site(target, seen) if target.role is Role.WEB else _of_mail(target, seen)


def _of_site(target: Target, seen: Evidence) -> Iterator[Need]:
    """Ask for the front page, and where anything came back on 443, for its TLS."""
    yield from web.site_needs(target.domain, seen)
    for address in addresses(target.domain.name, seen).all:
        https = seen.get(web.https_root(target.domain, address))
        if https is not None and (https.failure is None or https.failure.reached):
            yield web_session(target.domain, address)


def _of_mail(target: Target, seen: Evidence) -> Iterator[Need]:
    """Ask for a session with each mail server, and where STARTTLS was offered and begun, for its TLS."""
    yield from mail.mail_server_needs(target.domain, seen)
    for host in mail.mx_records(target.domain, seen).hosts:
        for address in addresses(host, seen).all:
            told = mail.greeting(mail.session(host, address), seen)
            if told is not None and told.starttls_code == 220:
                yield mail_session(host, address)


RULES: Mapping[str, RuleFunction] = MappingProxyType(
    {
        OFFERED: suites.is_offered,
        suites.VERSIONS_SUFFICIENT: suites.versions_are_sufficient,
        suites.VERSIONS_CURRENT: suites.versions_are_not_phased_out,
        suites.SUITES_SUFFICIENT: suites.suites_are_sufficient,
        suites.SUITES_CURRENT: suites.suites_are_not_phased_out,
        suites.PREFERRED: suites.better_suites_are_preferred,
        key_exchange.KEY_SUFFICIENT: key_exchange.key_exchange_is_sufficient,
        key_exchange.KEY_CURRENT: key_exchange.key_exchange_is_not_phased_out,
        key_exchange.HASH_SUFFICIENT: key_exchange.key_exchange_hash_is_sufficient,
        key_exchange.HASH_CURRENT: key_exchange.key_exchange_hash_is_not_phased_out,
        key_exchange.POST_QUANTUM: key_exchange.post_quantum_is_offered,
        sessions.COMPRESSION: sessions.compression_is_off,
        sessions.SECURE_RENEGOTIATION: sessions.renegotiation_is_secure,
        sessions.CLIENT_RENEGOTIATION: sessions.client_renegotiation_is_off,
        sessions.MASTER_SECRET: sessions.extended_master_secret_is_used,
        sessions.EARLY_DATA: sessions.early_data_is_off,
        sessions.STAPLED: sessions.ocsp_is_stapled,
        sessions.STAPLE_VALID: sessions.ocsp_staple_is_valid,
        sessions.CONSISTENT: sessions.answers_are_consistent,
        certificates.WEB_TRUSTED: certificates.web_certificate_is_trusted,
        certificates.MAIL_TRUSTED: certificates.mail_certificate_is_trusted,
        certificates.WEB_NAMES: certificates.web_certificate_names_host,
        certificates.MAIL_NAMES: certificates.mail_certificate_names_host,
        certificates.KEY_SUFFICIENT: certificates.certificate_key_is_sufficient,
        certificates.KEY_CURRENT: certificates.certificate_key_is_not_phased_out,
        certificates.SIGNATURE_SUFFICIENT: certificates.certificate_signature_is_sufficient,
        certificates.SIGNATURE_CURRENT: certificates.certificate_signature_is_not_phased_out,
    }
)
