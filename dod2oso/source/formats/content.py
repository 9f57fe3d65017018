"""An export that is open, in the two shapes there are: documents that hold a tree, and tables.

A format opens to one of these, and nobody above needs to know which format it was.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, ClassVar, Literal

from dod2oso.base.errors import ExportError
from dod2oso.base.texts import Text
from dod2oso.findings.model import Finding
from dod2oso.source.bind import BoundProfile
from dod2oso.source.container.discreet import discreet_table
from dod2oso.source.container.member import Member
from dod2oso.source.export import Origin
from dod2oso.source.profile import LoadedProfile, Profile
from dod2oso.source.recognise import matches
from dod2oso.source.tabular.bundle import BundleRecords, Named, name_tables
from dod2oso.source.tabular.discreet import told_tables
from dod2oso.source.tabular.table import Notation, SourceTable
from dod2oso.source.wrapping import within
from dod2oso.source.xmlreader import ManyDocuments, XmlRecords, read_head

Shape = Literal["tree", "tables"]
_DESCRIBED = 8  # tables
_NAME = 40  # characters


class Content(ABC):
    """What stands in an open export. Every method raises ExportError when the export cannot be read.

    `profile_format`: what a profile for it says as `format`. `findings`: what is to be told whatever the profile.
    `has_lines`: whether the lines of what is read are those of the file.
    """

    profile_format = "xml"
    has_lines = True
    findings: Sequence[Finding] = ()

    @abstractmethod
    def fitting(self) -> Callable[[LoadedProfile], bool]:
        """A test whether a profile fits; what it needs of the export is read once."""

    @abstractmethod
    def origin(self, profile: BoundProfile) -> Origin:
        """The records under a profile that fits."""

    @abstractmethod
    def description(self) -> Text:
        """What an unknown layout looks like from outside; no values."""

    def fingerprint(self, _profile: Profile | None) -> str | None:
        """What changes when the values do, where that cannot be told from the bytes of its files."""
        return None

    def close(self) -> None:  # noqa: B027  most hold nothing
        """Let go of what is held open."""


class Documents(Content):
    """Documents of one layout. What is no XML itself is given as members that open as XML (see Member.opener)."""

    shape: ClassVar[Shape] = "tree"

    def __init__(self, members: Sequence[Member], profile_format: str = "xml") -> None:
        self.members = members
        self.profile_format = profile_format

    def root(self) -> Any:
        """The root element with what lies in the first part of the first document."""
        member = self.members[0]
        return read_head(member.open, member.size)

    def fitting(self) -> Callable[[LoadedProfile], bool]:
        root = self.root()
        return lambda profile: profile.model.format == self.profile_format and matches(root, profile)

    def origin(self, profile: BoundProfile) -> Origin:
        return self.records(self.members, profile)

    def records(self, members: Sequence[Member], profile: BoundProfile) -> Origin:
        """The records in members that open as XML."""
        documents = [XmlRecords(member.open, member.size, profile) for member in members]
        return documents[0] if len(documents) == 1 else ManyDocuments(documents)

    def description(self) -> Text:
        return Text("layout-xml", name=within(self.root()).tag.rpartition("}")[2][:_NAME])


class Tables(Content):
    """Tables with columns and rows."""

    shape: ClassVar[Shape] = "tables"
    profile_format = "tables"

    @abstractmethod
    def tables(self, profile: Profile | None = None) -> list[SourceTable]:
        """The tables, with values written as the profile says they are."""

    def reads(self, profile: Profile) -> bool:
        """Whether a profile is of the kind that can say anything of these tables."""
        return profile.format == self.profile_format

    def named(self, profile: Profile) -> Named | None:
        """The tables under the profile's names for them; None when the profile does not fit."""
        return name_tables(self.told(profile), profile) if self.reads(profile) else None

    def told(self, profile: Profile | None) -> list[SourceTable]:
        """The tables under names that can be told: a profile's own, and what is surely nobody's."""
        return told_tables(self.tables(profile), profile)

    def fitting(self) -> Callable[[LoadedProfile], bool]:
        return lambda profile: self.named(profile.model) is not None

    def origin(self, profile: BoundProfile) -> Origin:
        named = self.named(profile.model)
        if named is None:
            raise ExportError("profiel-past-niet", name=profile.name)
        return BundleRecords(named, profile.model)

    def description(self) -> Text:
        shown = enumerate(self.tables()[:_DESCRIBED], start=1)
        return Text("layout-tables", names=", ".join(discreet_table(table.name, n)[:_NAME] for n, table in shown))


AnyContent = Documents | Tables


def notation_of(profile: Profile | None) -> Notation:
    """How typed cells are written as text under a profile."""
    if profile is None:
        return Notation()
    text = profile.text
    return Notation(text.dates, text.decimal, text.true[0], text.false[0])
