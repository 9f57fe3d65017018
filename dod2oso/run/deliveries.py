"""Which schools a run expects, and which of their deliveries count (ledger/deliveries.py)."""

from dod2oso.base.texts import Text
from dod2oso.ledger.deliveries import Origin, settle_deliveries
from dod2oso.ledger.schools import note_expected
from dod2oso.run.session import Session
from dod2oso.source.container.origin import moment_of, same_bytes, schools_named


def note_schools(session: Session) -> None:
    """Write down which schools are to deliver, and say which of them DUO does not know."""
    expected = session.converter.register.expected
    note_expected(session.ledger, expected.values())
    for school in expected.values():
        if school.unlisted:
            session.progress.message(Text("school-unlisted", brin=school.brin, vestiging=school.vestiging))


def settle(session: Session) -> None:
    """Decide for every school which delivery counts; a file that was broken and was mended is no complaint any more."""
    expected = session.converter.register.expected
    digests = same_bytes(session.original) if session.options.redeliveries else {}
    origins = {
        told.name: Origin(moment_of(found), schools_named(found, expected), digests.get(found.name, ""))
        for told, found in zip(session.sources.exports, session.original, strict=True)
    }
    options = session.options
    mended = settle_deliveries(session.ledger, session.run_id, options.out_dir, origins, replace=options.redeliveries)
    unreadable = session.result.unreadable
    for name in unreadable:  # it was told as unreadable when it was met: say that this is over
        if name in mended:
            session.progress.message(Text("delivery-mended", export=name))
    unreadable[:] = [name for name in unreadable if name not in mended]
