# SPDX-License-Identifier: EUPL-1.2
"""How long the site of a large measurement takes, and how much memory: a made-up measurement of 10,000 domains, in both languages.

Makes the measurements when they are not there yet, builds the site in a process of its own, and prints seconds by the clock and of the
processor, the most memory that all its processes held together, pages and megabytes. No test is timed.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

from tests.unit.publish.site import sites  # noqa: E402 - found through the line above

_PAUSE = 0.2  # seconds between two looks at the memory


def main() -> None:
    """Build the site and print what it took."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--domains", type=int, default=10_000)
    parser.add_argument("--moments", type=int, default=1, help="measurements, half a year apart")
    parser.add_argument("--each-its-own", action="store_true", help="every domain is of an organisation of its own")
    parser.add_argument("--keep", type=Path, help="folder for the measurements; those that are there are used again")
    parser.add_argument("--measurement", type=Path, help="a measurement to use instead of a made-up one")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folders = [arguments.measurement] if arguments.measurement else _measurements(arguments, Path(scratch))
        out = Path(scratch) / "site"
        seconds, processor, memory = _built([*map(str, folders), "-o", str(out)])
        files = [path for path in out.rglob("*") if path.is_file()]
        figures = {
            "measurements": len(folders),
            "seconds": round(seconds, 1),
            "cpu_seconds": round(processor, 1),
            "peak_megabytes": memory // 1_000_000,
            "pages": sum(path.suffix == ".html" for path in files),
            "site_megabytes": sum(path.stat().st_size for path in files) // 1_000_000,
        }
        print(json.dumps(figures))


def _measurements(arguments: argparse.Namespace, scratch: Path) -> list[Path]:
    """Make the measurements, or find those of before."""
    folder = (arguments.keep or scratch) / ("each-its-own" if arguments.each_its_own else "shared")
    known = sorted(folder.glob("meting-*"))
    return known or sites.series(folder, arguments.domains, arguments.moments, each_its_own=arguments.each_its_own)


def _built(arguments: list[str]) -> tuple[float, float, int]:
    """Build the site; return the seconds by the clock and of the processor, and the octets of memory at most."""
    started, most = time.monotonic(), 0
    command = [sys.executable, "-m", "meetlat", "site", *arguments]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}) as process:
        while process.poll() is None:
            most = max(most, sum(map(_resident, _family(process.pid))))
            time.sleep(_PAUSE)
    if process.returncode:
        sys.exit(process.returncode)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic() - started, used.ru_utime + used.ru_stime, most


def _family(pid: int) -> list[int]:
    """Return a process and all that came of it."""
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text(encoding="ascii").split()
    except OSError:
        return []
    return [pid, *(one for child in children for one in _family(int(child)))]


def _resident(pid: int) -> int:
    """Return how many octets of memory a process holds."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


if __name__ == "__main__":
    main()
