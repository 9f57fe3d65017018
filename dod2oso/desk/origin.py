"""Where each value of one dossier comes from, as `dod2oso mapping explain` says it: never the value itself."""

from dod2oso.base.texts import Text
from dod2oso.desk.desk import Desk
from dod2oso.desk.working import given_by
from dod2oso.ledger.store import Ledger
from dod2oso.run.explaining import explain_dossier, of_dossier
from dod2oso.run.remembered import with_remembered
from dod2oso.source.container.discreet import NameList
from dod2oso.source.container.find import find_exports
from dod2oso.source.container.pins import Pins


class _Unheard:
    """Nobody watches: what a run would say of supplements was said when it ran."""

    def export(self, name: str, number: int, total: int, records: int) -> None: ...
    def dossiers(self, done: int) -> None: ...
    def message(self, text: Text) -> None: ...


def origins(desk: Desk, name: str, transfer: str, dossier_id: str) -> dict[str, list[Text]]:
    """By OSO path, for each that has a value: file and line or cell, profile, code, decision, line of the mapping.

    UsageError when its export is not in the project any more, ExportError when it cannot be read now.
    """
    opened, pins = desk.opened(name), desk.pins(name)
    given = given_by(opened, desk.lang, pins)
    options = with_remembered(opened.project.options(transfer, opened.project.inbox(), given), _Unheard())
    with Ledger.open(options.out_dir, create=False) as ledger:
        where = of_dossier(ledger, dossier_id)
    sources = find_exports(options.exports, Pins(pins)).told_as(NameList(options.out_dir).discreet)
    return explain_dossier(options, tuple(sources.exports), where)
