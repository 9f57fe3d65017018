"""Where a record stands."""

from typing import NamedTuple


class RecordRef(NamedTuple):
    """One record: the name of its export and its number there."""

    export: str
    record: int
