"""What a person may need to know about a dossier or export: a finding. Never a personal value."""

from typing import Literal, NamedTuple

from dod2oso.base.texts import Text, restored, stored

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


class Finding(NamedTuple):
    """One finding; its severity, layer, text and remedy stand in the catalogue under `code`.

    None of its fields ever holds a value from an export. Reports show `rule` or `cause` in one column, and `note` and
    `place` in another (`detail` below).
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
    def detail(self) -> str:
        """What reports show as `detail`, once it is said in a language (base/texts.shown)."""
        return detail_of(self.note, self.place)


def detail_of(note: str | Text, place: str | Text) -> str:
    """What reports show of a note and a place, either of them as a finding or as a column of the ledger has it."""
    if note and place:
        parts = {"note": note, "place": place}
        said = {name: restored(part) if isinstance(part, str) else part for name, part in parts.items()}
        return stored(Text("note-at-place", **said))
    return stored(note or place)
