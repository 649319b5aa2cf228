# SPDX-License-Identifier: EUPL-1.2
"""The suites that two other programs find on a TLS server: sslyze and testssl.sh, run apart; nothing of them is imported.

sslyze (AGPL) gets an environment of its own; testssl.sh (GPL) is Debian's package (``apt-get install --no-install-recommends testssl.sh``).
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TypeAlias

from meetlat.facts.tls_catalogue import suite_name

SSLYZE = "sslyze==6.3.1"
_SSLYZE_HOME = Path(__file__).resolve().parents[1] / ".bench-venv-sslyze"
_SSLYZE_NAMES = {
    "ssl_2_0": "SSL 2.0",
    "ssl_3_0": "SSL 3.0",
    "tls_1_0": "TLS 1.0",
    "tls_1_1": "TLS 1.1",
    "tls_1_2": "TLS 1.2",
    "tls_1_3": "TLS 1.3",
}
_TESTSSL_NAMES = {
    "ssl2": "SSL 2.0",
    "ssl3": "SSL 3.0",
    "tls1": "TLS 1.0",
    "tls1_1": "TLS 1.1",
    "tls1_2": "TLS 1.2",
    "tls1_3": "TLS 1.3",
}
_LONGEST = 900  # seconds for one server by testssl.sh: it asks suite by suite

Suites: TypeAlias = Mapping[str, set[str]]
"""The names of the suites taken, per version."""


def sslyze(targets: Sequence[str]) -> Mapping[str, object]:
    """Run sslyze on ``host:port`` targets, at all that we look at, and return what it says."""
    if not (_SSLYZE_HOME / "bin/python").exists():
        subprocess.run([sys.executable, "-m", "venv", str(_SSLYZE_HOME)], check=True)
        subprocess.run([str(_SSLYZE_HOME / "bin/pip"), "install", "-q", SSLYZE], check=True)
    wanted = "--sslv2 --sslv3 --tlsv1 --tlsv1_1 --tlsv1_2 --tlsv1_3 --certinfo --compression --reneg --elliptic_curves --early_data"
    with tempfile.NamedTemporaryFile(suffix=".json") as file:
        said = ["--ems", "--fallback", "--quiet", "--mozilla_config=disable", "--json_out", file.name]
        program = [str(_SSLYZE_HOME / "bin/python"), "-m", "sslyze"]
        subprocess.run([*program, *wanted.split(), *said, *targets], check=False, capture_output=True)
        told: Mapping[str, object] = json.loads(Path(file.name).read_text(encoding="utf-8") or "{}")
    return told


def sslyze_suites(name: str, port: int) -> Suites:
    """Return the suites that sslyze finds per version."""
    result = sslyze([f"{name}:{port}"])["server_scan_results"][0]["scan_result"]  # type: ignore[index] # as sslyze writes it
    return {
        ours: {one["cipher_suite"]["name"] for one in told_of["result"]["accepted_cipher_suites"]}
        for theirs, ours in _SSLYZE_NAMES.items()
        if (told_of := result[f"{theirs}_cipher_suites"])["result"]
    }


def testssl_suites(name: str, port: int) -> Suites:
    """Return the suites that testssl.sh finds per version, by its own sockets where Debian's openssl cannot speak them.

    Raises:
        RuntimeError: it could not look at the server.
    """
    found: dict[str, set[str]] = {}
    with tempfile.TemporaryDirectory(prefix="meetlat-testssl-") as folder:
        file = Path(folder, "told.json")
        said = ["--quiet", "--color", "0", "--warnings", "off", "--nodns", "min", "--ip", "one", "--cipher-per-proto"]
        command = ["testssl", *said, "--jsonfile", str(file), f"{name}:{port}"]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=_LONGEST)
        if not file.exists():
            raise RuntimeError(f"testssl.sh did not look at {name}: {done.stdout[-300:]}")
        for one in json.loads(file.read_text(encoding="utf-8")):
            kind, _, rest = one["id"].partition("-")
            version, _, code = rest.rpartition("_x")
            if kind == "cipher" and version in _TESTSSL_NAMES:
                found.setdefault(_TESTSSL_NAMES[version], set()).add(suite_name(code.zfill(4)))
    return found


PEERS: Mapping[str, Callable[[str, int], Suites]] = {"sslyze": sslyze_suites, "testssl": testssl_suites}
