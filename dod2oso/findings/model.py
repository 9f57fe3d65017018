"""What a person may need to know about a dossier or export: a finding. Never a personal value."""

from typing import Literal, NamedTuple

from dod2oso.base.texts import Text, stored

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


class Finding(NamedTuple):
    """One finding; its severity, layer, text and remedy stand in the catalogue under `code`.

    None of its fields ever holds a value from an export. Reports and the ledger show `rule` or `cause` in one column,
    and `note` or `place` in another (`reason` and `detail` below).
    """

    code: str
    field: str = ""  # dictionary name or source path of the value it is about; empty: about the dossier or the export
    target: str = ""  # OSO path
    rule: str = ""  # key of an OSO rule
    cause: str = ""  # why, as a word of ours: the key of an error, of a reason, or a state
    place: str | Text = ""  # where: a source path, a cell or row, a file by its number, another export
    note: str | Text = ""  # what else there is to say: a number, or names of ours
    shape: str = ""  # what the value looks like (findings/shape.py)

    @property
    def about_a_value(self) -> bool:
        """Whether it is about a value of the source, and falls away when another value takes its place."""
        return bool(self.field)

    @property
    def reason(self) -> str:
        """What the column `rule` of ledger and reports shows."""
        return self.rule or self.cause

    @property
    def detail(self) -> str:
        """What the column `detail` of the ledger holds, and reports show (base/texts.shown)."""
        if self.note and self.place:
            return stored(Text("note-at-place", note=self.note, place=self.place))
        return stored(self.note or self.place)
