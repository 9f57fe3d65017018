"""Whether every value of valid UWLR documents is in the balance: `python -m benchmarks.layouts SCHEMAS [DOCUMENTS]`.

SCHEMAS: the folder with the public schemas of UWLR 2.2. The documents are made up out of those.
"""

import sys
import tempfile
from collections import Counter
from pathlib import Path

from lxml import etree

from dod2oso.source.bind import BoundProfile
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.profile import find_profile
from tests.corpus.kit import read_export, write
from tests.source.from_schema import Schema, pupils, results
from tests.source.test_layouts import values

LAYOUTS = {
    "uwlr-2.2-leerresultaten": ("UWLR_Leerresultaten_v2p2.xsd", results),
    "uwlr-2.2-leerlinggegevens": ("UWLR_Leerlinggegevens_v2p2.xsd", pupils),
}


def main(schemas: Path, documents: int) -> int:
    """A line per layout; the number of documents that are not valid, or of which a value is lost or not read."""
    wrong = 0
    for name, (file, make) in LAYOUTS.items():
        schema, profile = Schema(schemas / file), BoundProfile(find_profile(name), load_dictionary())
        met: Counter[str] = Counter()
        unread: Counter[str] = Counter()
        with tempfile.TemporaryDirectory() as folder:
            for seed in range(documents):
                text = etree.tostring(make(schema, seed), encoding="unicode")
                root = etree.fromstring(text)
                export = read_export(write(Path(folder) / "export.xml", text), profile)
                export.survey()
                read = [*export.dossiers(), export.outside]
                for one in read:
                    unread.update(one.unread)
                met["documents"] += 1
                met["not valid"] += not schema.valid.validate(root)
                met["values"] += values(root)
                met["lost"] += values(root) - sum(
                    len(one.cells) + sum(sum(left.values()) for left in (one.ignored, one.refused, one.unread))
                    for one in read
                )
        met["not read"] = unread.total()
        print(f"{name}: " + ", ".join(f"{n} {what}" for what, n in met.items()), *unread, sep="\n  ", flush=True)
        wrong += met["not valid"] + abs(met["lost"]) + met["not read"]
    return wrong


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 500) > 0)
