"""The same ledgers as in tests/ledger."""

from tests.ledger.conftest import _ledger, _out, _target

__all__ = ["_ledger", "_out", "_target"]
