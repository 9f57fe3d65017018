"""The first pass over an export: recognised, fingerprinted and surveyed in one reading. The second one converts it.

An export of which the ledger expects nothing new is only hashed; when that shows that nothing changed, no other pass
follows. With records kept (for merging) the conversion reads those, and there is no second pass at all.
"""

from dod2oso.ledger.exports import ExportRow
from dod2oso.run.session import FirstPass, Session
from dod2oso.source.bind import BoundProfile
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.fingerprint import same_size
from dod2oso.source.guard import reading
from dod2oso.source.opening import OpenExport
from dod2oso.source.profile import LoadedProfile
from dod2oso.source.recordstore import RecordStore

_KEPT = 32 << 20  # bytes of records that stay in memory to be shipped to workers, which then are read once
SEPARATOR = "+"  # in a config: between that of the run and what an export has to do with others


def read_once(session: Session, opened: OpenExport, store: RecordStore | None = None) -> FirstPass:
    """Read an export for the first time. ExportError when it is not recognised, damaged or out of reach.

    With a `store` the records are kept there.
    """
    with reading():
        profile = opened.recognise(session.profiles)
    if _bound(session, profile).loose_files:
        session.offered.update(map(id, opened.given.loose))
    known = expected(session, opened.found.name)
    if known is not None and known.profile == profile.name and same_size(opened.size, known.fingerprint):
        with reading():
            content = opened.fingerprint(profile.model)
        options = session.options
        if session.ledger.unchanged(known.name, options.version, options.transfer, content, known.config) is not None:
            return FirstPass(profile, content, known=known)
    return survey(session, opened, profile, store)


def survey(session: Session, opened: OpenExport, profile: LoadedProfile, store: RecordStore | None = None) -> FirstPass:
    """Read an export that is to be converted."""
    with reading():
        export = opened.export(_bound(session, profile))
        export.survey(store, _KEPT if store is None and session.options.workers > 1 else 0)
        return FirstPass(profile, opened.fingerprint(profile.model), export)


def _bound(session: Session, profile: LoadedProfile) -> BoundProfile:
    """A profile that was read and checked, once per run."""
    bound = session.bound.get(profile.name) or BoundProfile(profile, load_dictionary(), session.decisions)
    session.bound[profile.name] = bound
    return bound


def expected(session: Session, name: str) -> ExportRow | None:
    """An export as it was converted before, when there is nothing new to do with it unless it changed itself."""
    row = session.ledger.export(name, session.options.version, session.options.transfer)
    if row is None or row.status != "done":
        return None
    profile = next((one for one in session.profiles if one.name == row.profile), None)
    if profile is None or row.config.partition(SEPARATOR)[0] != session.config_of(profile):
        return None
    return row if session.affected.records(row.id) == frozenset() else None
