# SPDX-License-Identifier: EUPL-1.2
"""Feeds one target for so many seconds: led by coverage with atheris (libFuzzer) where that is installed, or else by chance alone.

``python bench/fuzz/harness.py TARGET SECONDS FOLDER``. Keeps its corpus in FOLDER/corpus and what crashed in FOLDER; prints how many
executions there were. ``bench/fuzz/run`` calls it; by hand it also takes one file, to see a crash again.
"""

import hashlib
import importlib
import random
import sys
import time
import traceback
import warnings
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

try:
    import atheris
except ImportError:
    atheris = None

_SLOW_SECONDS = 3  # of CPU
_HANGING_SECONDS = 20  # of the clock, for libFuzzer knows no other
_LARGEST = 65_536


def main(name: str, seconds: str, folder: Path) -> int:
    """Feed a target, or show one file to it."""
    warnings.simplefilter("ignore")
    run, tests = _target(name)
    if Path(seconds).is_file():
        run(Path(seconds).read_bytes())
        return 0
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    seeds = sorted(set(importlib.import_module("bench.fuzz.corpus").seeds(name, tests)))
    for seed in seeds:
        (corpus / hashlib.sha256(seed).hexdigest()[:20]).write_bytes(seed)
    if code := _repeated(run, seeds, folder):
        return code
    return _by_chance(run, seeds, float(seconds), folder) if atheris is None else _led(run, float(seconds), folder)


def _target(name: str) -> tuple[Callable[[bytes], None], tuple[str, ...]]:
    """Import the targets, watched by atheris when that is there."""
    if atheris is None:
        found = importlib.import_module("bench.fuzz.targets").TARGETS[name]
        return found.run, found.tests
    with atheris.instrument_imports(include=["meetlat", "bench.fuzz.targets", "h11"]):
        found = importlib.import_module("bench.fuzz.targets").TARGETS[name]
    return found.run, found.tests


def _led(run: Callable[[bytes], None], seconds: float, folder: Path) -> int:
    """Let libFuzzer look for what reaches new code."""
    options = [
        f"-max_total_time={seconds:.0f}",
        f"-artifact_prefix={folder}/",
        f"-max_len={_LARGEST}",
        f"-timeout={_HANGING_SECONDS}",
        "-rss_limit_mb=2048",
        "-print_final_stats=1",
    ]
    atheris.Setup([sys.argv[0], *options, str(folder / "corpus")], run)
    atheris.Fuzz()  # ends the process
    return 0


def _by_chance(run: Callable[[bytes], None], seeds: list[bytes], seconds: float, folder: Path) -> int:
    """Change seeds at random; the same changes every time."""
    chance, until, count = random.Random(1), time.monotonic() + seconds, 0  # noqa: S311 - repeatable on purpose
    while time.monotonic() < until:
        content = bytearray(chance.choice(seeds))
        for _ in range(chance.choice((1, 1, 2, 4, 16))):
            at = chance.randrange(len(content) + 1)
            other = chance.choice(seeds)
            piece = chance.choice((b"", b"\0", b"\xff", chance.randbytes(2), other[: chance.randrange(len(other) + 1)]))
            content[at : at + chance.randrange(8)] = piece
        count += 1
        if code := _tried(run, bytes(content), folder):
            return code
    print(f"stat::number_of_executed_units: {count}")
    return 0


def _repeated(run: Callable[[bytes], None], seeds: list[bytes], folder: Path) -> int:
    """Give pieces of the seeds over and over, up to the longest that a probe keeps: what takes long then takes more than its share."""
    chance = random.Random(1)  # noqa: S311 - idem
    for seed in chance.sample(seeds, min(len(seeds), 60)):
        for size in (1, 2, 7, 40):
            at = chance.randrange(max(1, len(seed)))
            piece = seed[at : at + size] or b"a"
            content = (seed[:at] + piece * (_LARGEST // len(piece)))[:_LARGEST]
            if code := _tried(run, content, folder):
                return code
    return 0


def _tried(run: Callable[[bytes], None], content: bytes, folder: Path) -> int:
    """Run once; keep what crashes or takes too long."""
    began = time.process_time()
    try:
        run(content)
    except Exception:  # noqa: BLE001 - whatever comes through is what is looked for
        traceback.print_exc()
        return _kept("crash", content, folder)
    if time.process_time() - began > _SLOW_SECONDS:
        print(f"took {time.process_time() - began:.1f} s", file=sys.stderr)
        return _kept("timeout", content, folder)
    return 0


def _kept(kind: str, content: bytes, folder: Path) -> int:
    """Save what was found."""
    path = folder / f"{kind}-{hashlib.sha256(content).hexdigest()[:20]}"
    path.write_bytes(content)
    print(f"saved {path}", file=sys.stderr)
    return 77


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2], Path(sys.argv[3] if len(sys.argv) > 3 else ".")))
