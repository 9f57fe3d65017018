"""What all parts of a run must have in common: version, settings and files, project key, day and division."""

import hashlib
from collections.abc import Sequence

import dod2oso
from dod2oso.run.parts.division import Unit, digest
from dod2oso.run.parts.file import About
from dod2oso.run.session import Session


def about(session: Session, divided: Sequence[Sequence[Unit]], key: str) -> About:
    """Of the run of this session; `key`: a pseudonym by which a project key is known."""
    options = session.options
    config = hashlib.sha256(session.config_of(*session.profiles).encode())
    config.update(session.doubles.digest().encode())
    config.update((options.merge or "").encode())
    for path in options.supplements:
        config.update(hashlib.sha256(path.read_bytes()).digest())
    return About(
        tool=dod2oso.__version__,
        oso=options.version,
        overstap=options.transfer,
        config=config.hexdigest(),
        key=key,
        datum=session.datum,
        division=digest(divided),
    )
