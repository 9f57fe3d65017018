"""What one dossier adds to the counts per field of its export, packed small, so that it can be taken out again.

When only some dossiers of an export are converted anew, their old part leaves the counts and their new part comes in.
Holds field names, outcomes and numbers: nothing that field_counts does not hold as well.
"""

import json
import zlib

from dod2oso.findings.outcome import FieldCount, Outcome


def pack(outcome: Outcome) -> bytes:
    """The counts per field and the OSO fields of an outcome."""
    fields = [[*key, n] for key, n in outcome.fields.items()]
    return zlib.compress(json.dumps([fields, sorted(outcome.targets)], separators=(",", ":")).encode(), 1)


def unpack(packed: bytes) -> tuple[dict[FieldCount, int], list[str]]:
    """The counts per field and the OSO fields that `pack` put in."""
    fields, targets = json.loads(zlib.decompress(packed))
    return {FieldCount(*key): n for *key, n in fields}, targets
