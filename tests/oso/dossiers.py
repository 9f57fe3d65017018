"""The made-up dossiers that other tests build on; they are those of the conformance package."""

from dod2oso.conformance.dossiers import (
    BSN,
    PUPIL,
    everything,
    everything_back,
    full_dossier,
    full_nodes,
    minimal_dossier,
    minimal_nodes,
    some,
)

__all__ = [
    "BSN",
    "PUPIL",
    "everything",
    "everything_back",
    "full_dossier",
    "full_nodes",
    "minimal_dossier",
    "minimal_nodes",
    "some",
]
