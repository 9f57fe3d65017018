"""Kept records of an export as legacy dossiers, any of them at any time."""

import pickle
from collections.abc import Iterable, Iterator

from dod2oso.source.export import Export, RecordReader
from dod2oso.source.record import LegacyDossier
from dod2oso.source.recordstore import RecordStore


class KeptReader:
    """Reads records that the survey of an export kept.

    What stands outside the records is a copy, as in a worker process: what is done with it here does not count.
    """

    def __init__(self, export: Export, store: RecordStore) -> None:
        self._name = export.name
        self._store = store
        self._reader: RecordReader = pickle.loads(pickle.dumps(export.reader))  # noqa: S301  just made here

    def all(self) -> Iterator[LegacyDossier]:
        """Every record, in order."""
        for number, data in enumerate(self._store.all(self._name), start=1):
            yield self._reader.from_bytes(data, number)

    def only(self, numbers: Iterable[int]) -> Iterator[LegacyDossier]:
        """The records with these numbers."""
        for number in numbers:
            yield self._reader.from_bytes(self._store.get(self._name, number), number)
