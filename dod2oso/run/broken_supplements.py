"""Supplements that cannot be read, where one must not stop the others: told, and in the report while it is so."""

from dod2oso.base.texts import Text
from dod2oso.findings.model import Finding
from dod2oso.run.session import Session
from dod2oso.source.container.discreet import NameList

CODE = "aanvulling-onleesbaar"


def note_broken_supplements(session: Session) -> None:
    """Write down each as something that was not read; its name only when that says nothing of a person."""
    options, sources = session.options, session.sources
    names = NameList(options.out_dir)
    position = len(sources.exports) + len(sources.empty) + 2
    for path, error in options.broken_supplements:
        name = path.name if options.file_names else names.discreet(path.name)
        session.progress.message(Text("supplement-broken", name=name, problem=error))
        session.result.unreadable.append(name)
        finding = Finding(CODE, cause=error.message.key)
        session.ledger.fail_export(session.run_id, position, name, options.version, options.transfer, finding)
    names.keep()
