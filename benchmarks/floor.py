"""The C floor: what lxml alone needs for the same bytes; no tool that uses it can be faster.

Per dossier: parse the input bytes, parse the output bytes, validate them against the schema, serialise them.
"""

import time
from pathlib import Path

from lxml import etree

from dod2oso.base.xml import parse_bytes
from dod2oso.oso.schema import schema


def floor_seconds(inputs: list[Path], outputs: list[Path], version: str) -> float:
    """Processor seconds for all inputs and outputs together; reading files is left out, it is not lxml's work."""
    sources = [path.read_bytes() for path in inputs]
    results = [path.read_bytes() for path in outputs]
    compiled = schema(version)
    start = time.process_time()
    for data in sources:
        parse_bytes(data)
    for data in results:
        root = parse_bytes(data)
        compiled.validate(root)
        etree.tostring(root)
    return time.process_time() - start
