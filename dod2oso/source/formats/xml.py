"""XML documents."""

from dod2oso.base.texts import Text
from dod2oso.source.container.member import FoundExport
from dod2oso.source.formats.content import AnyContent, Documents
from dod2oso.source.formats.format import SourceFormat
from dod2oso.source.formats.registry import register
from dod2oso.source.formats.start import Start


class Xml(SourceFormat):
    name, word = "xml", "XML"
    title: Text | str = "XML"
    reads = {"xml": "tree"}

    def knows(self, start: Start) -> bool:
        return start.is_text and start.is_xml and not start.is_web_page

    def open(self, found: FoundExport) -> AnyContent:
        return Documents(found.members)


register(Xml())
