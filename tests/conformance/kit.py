"""The conformance packages, each made once per process: it takes seconds."""

from functools import cache

from dod2oso.conformance.index import Index, index_of
from dod2oso.conformance.package import Package, package


@cache
def made(version: str) -> Package:
    return package(version)


@cache
def index(version: str) -> Index:
    return index_of([made(version)], "nl")
