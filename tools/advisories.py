"""Holds every package of requirements.lock against known vulnerabilities, with pip-audit.

    python -m tools.advisories [--lock FILE] [-- OPTIONS OF pip-audit]

Exit codes: 0, every package was asked for and none is known to be vulnerable; 1, there is one (each is named); 3, not
known: the advisories could not be reached, or not of every package. What was not asked never counts as safe.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import Any

from tools.supply import LOCK, Package, locked

SAFE, VULNERABLE, NOT_KNOWN = 0, 1, 3


def main(arguments: Sequence[str] | None = None) -> int:
    """Print what is known; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tools.advisories", description=__doc__)
    parser.add_argument("--lock", type=Path, default=LOCK)
    parser.add_argument("options", nargs="*", help="options of pip-audit, such as -s osv")
    chosen = parser.parse_args(arguments)
    packages = locked(chosen.lock.read_text(encoding="utf-8"))
    answers: list[dict[str, Any]] = []
    for once in _once_each(packages):
        answer = _ask(once, chosen.options)
        if isinstance(answer, str):
            print(f"Not known: pip-audit did not finish ({answer[:300]}).")
            return NOT_KNOWN
        answers += answer
    return _judge(packages, answers)


def _once_each(packages: list[Package]) -> Iterator[list[Package]]:
    """The packages in as many lists as there are versions of one, because pip-audit takes a name once."""
    versions: dict[str, list[Package]] = {}
    for package in packages:
        versions.setdefault(package.name, []).append(package)
    for row in zip_longest(*versions.values()):
        yield [package for package in row if package]


def _ask(packages: list[Package], options: Sequence[str]) -> list[dict[str, Any]] | str:
    """What pip-audit answers of each, or in a line why it did not; without markers, so that what other
    machines get is told too."""
    with tempfile.TemporaryDirectory() as place:
        wanted, answer = Path(place) / "requirements.txt", Path(place) / "answer.json"
        hashes = (" ".join(f"--hash=sha256:{digest}" for digest in package.hashes) for package in packages)
        lines = (f"{one.name}=={one.version} {hashed}\n" for one, hashed in zip(packages, hashes, strict=True))
        wanted.write_text("".join(lines), encoding="utf-8")
        done = subprocess.run(  # noqa: S603
            [
                *(sys.executable, "-m", "pip_audit", "--requirement", str(wanted), "--disable-pip", "--require-hashes"),
                *("--progress-spinner", "off", "--format", "json", "--output", str(answer), *options),
            ],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        if answer.exists():  # pip-audit also ends with 1 when it could not ask, so its exit code says too little
            answers: list[dict[str, Any]] = json.loads(answer.read_text(encoding="utf-8"))["dependencies"]
            return answers
    return (done.stderr.strip().splitlines() or ["no answer"])[-1]


def _judge(packages: list[Package], answers: list[dict[str, Any]]) -> int:
    asked = {(one["name"], one["version"]): one["vulns"] for one in answers if "skip_reason" not in one}
    reasons = {one["name"]: one["skip_reason"] for one in answers if "skip_reason" in one}
    known = not_asked = 0
    for package in packages:
        found = asked.get((package.name, package.version))
        if found is None:
            not_asked += 1
            print(f"{package.name} {package.version}: not asked ({reasons.get(package.name, 'no answer')})")
            continue
        known += bool(found)
        for one in found:
            mended = ", ".join(one["fix_versions"]) or "no version yet"
            print(f"{package.name} {package.version}: {one['id']}; mended in {mended}")
    print(f"{len(packages)} packages: {known} known to be vulnerable, {not_asked} not known.")
    if known:
        return VULNERABLE
    return NOT_KNOWN if not_asked or not packages else SAFE


if __name__ == "__main__":
    sys.exit(main())
