"""The first pass over an export: recognised, fingerprinted and surveyed in one reading. The second one converts it.

An export of which the ledger expects nothing new is only hashed; when that shows that nothing changed, no other pass
follows. With records kept (for merging) the conversion reads those, and there is no second pass at all.
"""

from dod2oso.ledger.exports import ExportRow
from dod2oso.run.guard import reading
from dod2oso.run.session import FirstPass, Session
from dod2oso.source.bind import BoundProfile
from dod2oso.source.dictionary import load_dictionary
from dod2oso.source.fingerprint import same_size
from dod2oso.source.opening import OpenExport
from dod2oso.source.profile import LoadedProfile
from dod2oso.source.recordstore import RecordStore

SEPARATOR = "+"  # in a config: between that of the run and what an export has to do with others


def read_once(session: Session, opened: OpenExport, store: RecordStore | None = None) -> FirstPass:
    """Read an export for the first time. ExportError when it is not recognised, damaged or out of reach.

    With a `store` the records are kept there.
    """
    with reading():
        profile = opened.recognise(session.profiles)
    if _unchanged(session, opened, profile):
        return FirstPass(profile, opened.fingerprint(profile.model))
    return survey(session, opened, profile, store)


def survey(session: Session, opened: OpenExport, profile: LoadedProfile, store: RecordStore | None = None) -> FirstPass:
    """Read an export that is to be converted."""
    bound = session.bound.get(profile.name) or BoundProfile(profile, load_dictionary())
    session.bound[profile.name] = bound
    with reading():
        export = opened.export(bound)
        export.survey(store)
        return FirstPass(profile, opened.fingerprint(profile.model), export)


def base_config(row: ExportRow) -> str:
    """The config of a run that converted this export, without what it had to do with other exports."""
    return row.config.partition(SEPARATOR)[0]


def _unchanged(session: Session, opened: OpenExport, profile: LoadedProfile) -> bool:
    """Whether nothing is to be done with an export by itself; reads it when the ledger gives reason to expect that."""
    options, name = session.options, opened.found.name
    row = session.ledger.export(name, options.version, options.transfer)
    if (
        row is None
        or row.status != "done"
        or base_config(row) != session.config
        or not same_size(opened.size, row.fingerprint)
        or session.touched.records(row.id) != frozenset()
    ):
        return False
    with reading():
        content = opened.fingerprint(profile.model)
    return session.ledger.unchanged(name, options.version, options.transfer, content, row.config) is not None
