# SPDX-License-Identifier: EUPL-1.2
"""An authority with certificates for every kind of key, made once."""

import pytest

from tests.unit.probes.tls.peers import Authority


@pytest.fixture(scope="session")
def authority(tmp_path_factory):
    """Make an authority with one certificate between it and the servers."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="session")
def dh_parameters(tmp_path_factory):
    """Write parameters for ephemeral Diffie-Hellman: ffdhe2048 (RFC 7919), as a file that ssl can load."""
    path = tmp_path_factory.mktemp("dh") / "ffdhe2048.pem"
    path.write_text(FFDHE2048)
    return path


FFDHE2048 = """-----BEGIN DH PARAMETERS-----
MIIBCAKCAQEA//////////+t+FRYortKmq/cViAnPTzx2LnFg84tNpWp4TZBFGQz
+8yTnc4kmz75fS/jY2MMddj2gbICrsRhetPfHtXV/WVhJDP1H18GbtCFY2VVPe0a
87VXE15/V8k1mE8McODmi3fipona8+/och3xWKE2rec1MKzKT0g6eXq8CrGCsyT7
YdEIqUuyyOP7uWrat2DX9GgdT0Kj3jlN9K5W7edjcrsZCwenyO4KbXCeAvzhzffi
7MA0BM0oNC9hkXL+nOmFg/+OTxIy7vKBg8P+OxtMb61zO7X8vC7CIAXFjvGDfRaD
ssbzSibBsu/6iGtCOGEoXJf//////////wIBAg==
-----END DH PARAMETERS-----
"""
