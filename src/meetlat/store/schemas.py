# SPDX-License-Identifier: EUPL-1.2
"""The columns of every table in a measurement folder, and the text that may stand in them."""

import json
from collections.abc import Mapping

import pyarrow as pa

_TEXT = pa.string()
_JSON = json.JSONEncoder(sort_keys=True, separators=(",", ":"), allow_nan=False)

# Of folders that were written before the targets said how the register of organisations knows their owners.
TARGETS_WITHOUT_REGISTER = pa.schema(
    [
        pa.field("domain", _TEXT, nullable=False),
        pa.field("organisation", _TEXT, nullable=False),
        pa.field("group", _TEXT, nullable=False),
        pa.field("role", _TEXT, nullable=False),
        pa.field("shard", pa.int32(), nullable=False),
    ]
)

TARGETS = pa.schema(
    [
        *TARGETS_WITHOUT_REGISTER,
        pa.field("organisation_id", _TEXT),  # TOOI URI, else ROO id; null when not known
        pa.field("ministry", _TEXT),  # idem
    ]
)

EVIDENCE = pa.schema(
    [
        pa.field("kind", _TEXT, nullable=False),
        pa.field("subject", _TEXT, nullable=False),
        pa.field("detail", _TEXT, nullable=False),
        pa.field("at", pa.timestamp("us", tz="UTC"), nullable=False),
        pa.field("attempt", pa.int32(), nullable=False),
        pa.field("answer", _TEXT),  # JSON; null exactly when failure is there
        pa.field("failure", _TEXT),
        pa.field("failure_detail", _TEXT, nullable=False),
        pa.field("vantage", _TEXT, nullable=False),
    ]
)

NEED = pa.struct(
    [
        pa.field("kind", _TEXT, nullable=False),
        pa.field("subject", _TEXT, nullable=False),
        pa.field("detail", _TEXT, nullable=False),
    ]
)

FINDINGS = pa.schema(
    [
        pa.field("domain", _TEXT, nullable=False),
        pa.field("role", _TEXT, nullable=False),
        pa.field("standard", _TEXT, nullable=False),
        pa.field("norm", _TEXT, nullable=False),
        pa.field("rule", _TEXT, nullable=False),
        pa.field("subject", _TEXT, nullable=False),
        pa.field("status", _TEXT, nullable=False),
        pa.field("reason", _TEXT, nullable=False),
        pa.field("cause", _TEXT),  # there exactly when the status is undetermined
        pa.field("arguments", _TEXT, nullable=False),  # JSON
        pa.field("needs", pa.list_(pa.field("element", NEED, nullable=False)), nullable=False),
    ]
)

VERDICTS = pa.schema(
    [
        pa.field("domain", _TEXT, nullable=False),
        pa.field("organisation", _TEXT, nullable=False),
        pa.field("group", _TEXT, nullable=False),
        pa.field("role", _TEXT, nullable=False),
        pa.field("standard", _TEXT, nullable=False),
        pa.field("part", _TEXT, nullable=False),  # empty for the standard as a whole
        pa.field("norm", _TEXT, nullable=False),
        pa.field("verdict", _TEXT, nullable=False),
    ]
)


def storable(text: str) -> str:
    """Return text that UTF-8 can hold; a lone surrogate (bytes that were no text) becomes a visible escape."""
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def compact(value: Mapping[str, object]) -> str:
    """Write an object as JSON, always the same way. In ASCII, so that lone surrogates in an answer survive."""
    return _JSON.encode(value)
