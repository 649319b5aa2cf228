# SPDX-License-Identifier: EUPL-1.2
"""Whether a path leads from a chain as sent to a root of the bundle, as OpenSSL sees it (RFC 5280, 6)."""

import hashlib
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from OpenSSL import crypto

from meetlat.probes.network import NetworkError

_MAX_CACHED = 20_000
_REASONS = {
    10: "expired",
    9: "not-yet-valid",
    18: "self-signed",
    19: "self-signed",
    20: "unknown-issuer",
    21: "unknown-issuer",
    2: "unknown-issuer",
}


@dataclass(slots=True)
class Anchors:
    """The roots of a bundle file, with its digest. Verdicts on equal chains are kept: thousands of sites share one certificate."""

    store: crypto.X509Store
    digest: str
    _known: dict[bytes, Mapping[str, object]] = field(default_factory=dict)

    def judge_path(self, chain: Sequence[bytes]) -> Mapping[str, object]:
        """Return ``trusted``, ``reason``, ``detail`` and ``anchors`` for a chain (DER, first certificate first), at this moment."""
        # With the lengths: who sends the certificates of another as one must not decide what is told of that other.
        key = hashlib.sha256(b"".join(len(one).to_bytes(4, "big") + one for one in chain)).digest()
        if key not in self._known:
            if len(self._known) >= _MAX_CACHED:
                self._known.clear()
            self._known[key] = self._path(chain)
        return self._known[key]

    def _path(self, chain: Sequence[bytes]) -> Mapping[str, object]:
        """Look for a path."""
        reason, detail = "", ""
        try:
            first, *others = (_certificate(one) for one in chain)
            self.store.set_time(datetime.now(UTC))
            crypto.X509StoreContext(self.store, first, others).verify_certificate()
        except crypto.X509StoreContextError as error:
            reason, detail = _REASONS.get(error.errors[0], "other"), str(error)
        except (crypto.Error, ValueError, TypeError) as error:
            reason, detail = "other", f"a certificate that cannot be read: {error}"
        return {"trusted": not reason, "reason": reason, "detail": detail[:200], "anchors": self.digest}


def _certificate(der: bytes) -> crypto.X509:
    """Read a certificate; OpenSSL passes over what comes behind it, which its TLS does not (RFC 8446, 4.4.2). Raises ValueError."""
    certificate = crypto.load_certificate(crypto.FILETYPE_ASN1, der)
    if len(crypto.dump_certificate(crypto.FILETYPE_ASN1, certificate)) != len(der):
        raise ValueError("octets behind it")
    return certificate


def read_anchors(bundle: Path | None) -> Anchors | None:
    """Read a bundle of roots (PEM); without one that of the system, or None when the system has none. Raises NetworkError."""
    path = bundle or _system_bundle()
    if path is None:
        return None
    store = crypto.X509Store()
    try:
        content = path.read_bytes()
        store.load_locations(str(path))
    except (OSError, crypto.Error) as error:
        raise NetworkError(f"{path} cannot be read as a bundle of certificates (PEM): {error}") from error
    return Anchors(store, hashlib.sha256(content).hexdigest())


def _system_bundle() -> Path | None:
    """Return where the system keeps its roots."""
    paths = ssl.get_default_verify_paths()
    places = [paths.cafile, paths.openssl_cafile, "/etc/ssl/certs/ca-certificates.crt"]
    return next((Path(place) for place in places if place and Path(place).is_file()), None)
