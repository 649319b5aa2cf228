# SPDX-License-Identifier: EUPL-1.2
"""TLSA records of the lab: written in words before there are certificates, filled in when there are.

The words are those of the scenario, as in ``3 1 1 leaf``: usage, selector, matching type, and whose data it has: the ``leaf``, the
``intermediate`` or the ``root`` of the certificate authority, or ``old`` and ``next``, keys that no server has.
"""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from lab.pki import certificate_file
from lab.plan import Certificate, Record

_MATCHING: Mapping[str, Callable[[bytes], bytes]] = {
    "0": lambda data: data,
    "1": lambda data: hashlib.sha256(data).digest(),
    "2": lambda data: hashlib.sha512(data).digest(),
}
_PLACEHOLDER = re.compile(r"\{(\w+) (\S+) (\S+)\}")
_PEM = re.compile(rb"-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----\n", re.DOTALL)


def data_of(words: str, host: str, kind: Certificate, *, is_live: bool) -> str:
    """Write the data of a record, with a placeholder for what only the certificate can tell. A host that is not there has none."""
    usage, selector, matching, whose = words.split()
    if is_live and whose not in {"old", "next"}:
        return f"{usage} {selector} {matching} {{{whose} {host} {kind.value}}}"
    return f"{usage} {selector} {matching} {_MATCHING[matching](f'{whose} {host}'.encode()).hex()}"


def filled(record: Record, state: Path) -> Record:
    """Return a record with its placeholder, if it has one, filled in from the certificates in a state folder."""
    match = _PLACEHOLDER.search(record.data) if record.type == "TLSA" else None
    if match is None:
        return record
    whose, host, kind = match.groups()
    _, selector, matching, _ = record.data.split(maxsplit=3)
    certificate = _certificate(state, whose, certificate_file(state, host, Certificate(kind)))
    key = certificate.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    data = _MATCHING[matching](key if selector == "1" else certificate.public_bytes(Encoding.DER))
    return replace(record, data=record.data.replace(match[0], data.hex()))


def _certificate(state: Path, whose: str, file: Path) -> x509.Certificate:
    """Read a certificate by what it is to a host."""
    path, number = {"leaf": (file, 0), "intermediate": (state / "intermediate.pem", 0), "root": (state / "ca.pem", 0)}[whose]
    return x509.load_pem_x509_certificate(_PEM.findall(path.read_bytes())[number])
