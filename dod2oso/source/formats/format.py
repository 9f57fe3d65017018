"""What a source format is: how a file of it is known, which files are one export, and how that is opened."""

from collections.abc import Collection, Mapping
from pathlib import Path

from dod2oso.base.errors import ExportError
from dod2oso.base.texts import Text
from dod2oso.source.container.member import FoundExport, Member
from dod2oso.source.formats.content import AnyContent, Shape
from dod2oso.source.formats.start import Start


class SourceFormat:
    """One format. What is no method with a body here differs for each; the rest says what holds for most.

    `kind`: as in `FoundExport.kind` and `scan --json`; another than `name` when it opens as that format does. `word`:
    what an export is called where its name alone is not unique. `title`: how people call it. `reads`: the `format` of
    profiles for it -> their shape. `starts`: bytes with which a file begins, if that is never anything else.
    `together`: the files of one folder are one export. `is_text`: its files are text, so they have an encoding.
    `takes_files`: files that lie beside the data may belong to it.
    """

    name: str
    word: str
    title: Text | str
    reads: Mapping[str, Shape]
    starts: tuple[bytes, ...] = ()
    together = False
    is_text = True
    takes_files = True

    @property
    def kind(self) -> str:
        return self.name

    def knows(self, start: Start) -> bool:
        """Whether a file that begins so is of this format. The first format in the registry that says so, has it."""
        raise NotImplementedError

    def open(self, found: FoundExport) -> AnyContent:
        """The export, open; its members are watched for the fingerprint, so read those and not their paths."""
        raise NotImplementedError

    def refusal(self, _start: Start, _member: Member) -> ExportError | None:
        """Why a file of this format cannot be read where it is."""
        return None

    def lacking(self, _names: Collection[str]) -> ExportError | None:
        """Why files with these names (in capitals, without folder) are no whole export."""
        return None

    def group(self, _start: Start) -> str:
        """What the files of one folder must have in common to be one export, besides the format."""
        return ""

    def label(self, _group: str) -> str:
        """What is put behind the name of the folder, when the export is some of its files."""
        return ""

    def companions(self, _path: Path) -> list[Path]:
        """The files beside a named file that make up one export with it."""
        return []

    def is_part(self, _member: Member) -> bool:
        """Whether this file is read with another one of this format, and is no export of its own."""
        return False

    def address(self, _member: Member) -> str | None:
        """The URL under which this file is opened; None when it is read as a file."""
        return None
