# SPDX-License-Identifier: EUPL-1.2
"""The catalogue of TLS code points: what can be offered to a server, and what each is called.

Codes are four hexadecimal digits (six for SSL 2.0), as in evidence. Source: the IANA registry; see ``tls_parameters.toml``.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType


def _read() -> Mapping[str, Mapping[str, str]]:
    """Read the catalogue that lies beside this file."""
    with (Path(__file__).parent / "tls_parameters.toml").open("rb") as file:
        return {name: MappingProxyType(table) for name, table in tomllib.load(file).items()}


_TABLES = _read()
SUITES = _TABLES["suites"]  # up to TLS 1.2
SUITES13 = _TABLES["suites13"]
SSL2_KINDS = _TABLES["ssl2_kinds"]
CURVES = _TABLES["curves"]  # up to TLS 1.2
GROUPS13 = _TABLES["groups13"]
SIGNATURES = _TABLES["signatures"]
VERSIONS: Mapping[str, str] = MappingProxyType(
    {"0304": "TLS 1.3", "0303": "TLS 1.2", "0302": "TLS 1.1", "0301": "TLS 1.0", "0300": "SSL 3.0", "0002": "SSL 2.0"}
)
_NAMES = {**SUITES, **SUITES13, **SSL2_KINDS}
_GROUPS = {**CURVES, **GROUPS13}


def suite_name(code: str) -> str:
    """Return the name of a suite or SSL 2.0 cipher kind, or its code when it is in no catalogue."""
    return _NAMES.get(code, f"0x{code}")


def group_name(code: str) -> str:
    """Return the name of a curve, group or hybrid, or its code when it is in no catalogue."""
    return _GROUPS.get(code, f"0x{code}")


def signature_name(code: str) -> str:
    """Return the name of a signature scheme, or its code when it is in no catalogue."""
    return SIGNATURES.get(code, f"0x{code}")
