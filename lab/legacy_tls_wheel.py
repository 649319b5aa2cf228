# SPDX-License-Identifier: EUPL-1.2
"""OpenSSL 1.0.2o of 2018, with SSL 3.0, RC4 and all that: taken out of a Python package that was published with it, and kept.

The package is psycopg2-binary; nothing of it but these libraries is used. It is fetched once, through pip and by its digest, into
.lab-cache beside the sources.
"""

import platform
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

from lab.plan import WebServer

_FOLDER = Path(__file__).resolve().parents[1] / ".lab-cache" / "openssl-1.0.2o"
_PACKAGE = "psycopg2-binary==2.7.5"
_REQUIREMENT = f"{_PACKAGE} --hash=sha256:278ef63afb4b3d842b4609f2c05ffbfb76795cf6a184deeb8707cd5ed3c981a5\n"
_FOR = ("--python-version", "3.7", "--implementation", "cp", "--abi", "cp37m", "--platform", "manylinux1_x86_64", "--only-binary", ":all:")
_MACHINE = "x86_64"
_INSIDE = "psycopg2/.libs/"
_SECONDS = 120


class NoOldOpenSslError(ValueError):
    """The old OpenSSL cannot be had; the message says why."""


def library_folder() -> Path:
    """Return where the libraries stand. Raises NoOldOpenSslError."""
    if not _FOLDER.is_dir():
        raise NoOldOpenSslError(f"{_FOLDER} is not there; it is made when the lab is raised")
    return _FOLDER


def provide_for(scenario: Path) -> None:
    """Fetch the libraries, if they are not there yet and a scenario file speaks of them. Raises NoOldOpenSslError."""
    try:
        variants = tomllib.loads(scenario.read_text(encoding="utf-8")).get("variants", {})
    except (OSError, ValueError):
        return  # whoever reads the scenario for itself says what is wrong with it
    if _FOLDER.is_dir() or not any(one.get("web", {}).get("https_server") == WebServer.OPENSSL_1_0_2.value for one in variants.values()):
        return
    if platform.machine() != _MACHINE:
        raise NoOldOpenSslError(f"The lab needs OpenSSL 1.0.2, which can be had for {_MACHINE} only; this machine is {platform.machine()}.")
    _FOLDER.parent.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=_FOLDER.parent) as place:
        _unpack(_fetched(Path(place)), Path(place) / "libraries")
        try:
            (Path(place) / "libraries").rename(_FOLDER)
        except OSError:
            if not _FOLDER.is_dir():  # otherwise another lab, raised at the same time, was first
                raise


def _fetched(place: Path) -> Path:
    """Fetch the package into a folder, and return its file."""
    wanted = place / "requirements.txt"
    wanted.write_text(_REQUIREMENT, encoding="ascii")
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--quiet", "--no-deps", *_FOR, "--require-hashes"]
    try:
        done = subprocess.run(
            [*command, "-r", str(wanted), "-d", str(place)], capture_output=True, text=True, check=False, timeout=_SECONDS
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise NoOldOpenSslError(f"The lab needs OpenSSL 1.0.2, and pip did not fetch it within {_SECONDS} s.") from None
    files = list(place.glob("*.whl"))
    if done.returncode or not files:
        said = (done.stderr or done.stdout).strip().splitlines()[-1:]
        raise NoOldOpenSslError(f"The lab needs OpenSSL 1.0.2, and pip could not fetch it ({_PACKAGE}): {' '.join(said)}")
    return files[0]


def _unpack(package: Path, folder: Path) -> None:
    """Take the libraries out of the package."""
    folder.mkdir()
    with zipfile.ZipFile(package) as content:
        for name in content.namelist():
            if name.startswith(_INSIDE) and ".so" in name:
                (folder / name.removeprefix(_INSIDE)).write_bytes(content.read(name))
