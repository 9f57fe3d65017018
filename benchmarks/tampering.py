"""How many random changes to what we vouch for go unseen; every one must be found.

Run: python -m benchmarks.tampering [CHANGES]
"""

import random
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from dod2oso.ledger import audit_file
from dod2oso.ledger.store import Ledger
from dod2oso.trust.audit import verify_file, verify_project
from dod2oso.trust.proof import Wrong, prove_dossier, prove_run, verify
from tests.trust.kit import changed, convert


def main() -> None:
    changes = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out"
        convert(out)
        with Ledger.open(out, create=False) as ledger:
            path = out / audit_file.FILE
            anchor = verify_project(ledger).anchor
            assert anchor is not None
            measure("audit, beside its ledger", path, changes, lambda: bool(verify_project(ledger).problems))
            measure("audit, alone with an anchor", path, changes, lambda: bool(verify_file(path, [anchor]).problems))
            whole = prove_run(ledger, out, "benchmark")
            one = Path(folder) / "one.json"
            one.write_bytes(prove_dossier(ledger, out, next((out / "outbox").glob("*.json")).stem))
            for name, proof in (("proof of a run", whole), ("proof of a dossier", one)):
                measure(name, proof, changes, lambda proof=proof: not holds(proof))


def holds(proof: Path) -> bool:
    try:
        verify(proof.read_bytes())
    except Wrong:
        return False
    return True


def measure(name: str, path: Path, changes: int, found: Callable[[], bool]) -> None:
    """Change the file so many times, from the same bytes each time."""
    chance, data, seen, began = random.Random(1), path.read_bytes(), 0, time.perf_counter()
    for _ in range(changes):
        path.write_bytes(changed(data, chance))
        seen += found()
    path.write_bytes(data)
    print(f"{name}: {seen} of {changes} changes found, {time.perf_counter() - began:.0f} s")
    assert seen == changes and not found()


if __name__ == "__main__":
    main()
