"""Synthetic exports: for the samples, for tests and for measuring. Nobody in them exists."""

from dod2oso.generate.export import write_export
from dod2oso.generate.layout import FORMATS

__all__ = ["FORMATS", "write_export"]
