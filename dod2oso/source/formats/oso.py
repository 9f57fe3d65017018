"""OSO dossiers, each a document of its own; those of one version in one folder are one export."""

from lxml import etree

from dod2oso.base.texts import Text
from dod2oso.base.xml import pull_parser
from dod2oso.source.formats.registry import register
from dod2oso.source.formats.start import Start
from dod2oso.source.formats.xml import Xml

_NAMESPACE = "http://www.edustandaard.nl/oso_gegevensset/"
_ROOT = 8192  # bytes in which the root element begins


class Oso(Xml):
    name, word, title = "oso", "OSO", Text("scan-kind-oso")
    together = True

    def knows(self, start: Start) -> bool:
        return super().knows(start) and oso_version(start.head) is not None

    def group(self, start: Start) -> str:
        return oso_version(start.head) or ""

    def label(self, group: str) -> str:
        return f" (OSO {group})"


def oso_version(head: bytes) -> str | None:
    """The version in the namespace of an OSO dossier that is the whole document; None for anything else."""
    parser = pull_parser(events=("start",))
    try:
        parser.feed(head[:_ROOT])
    except etree.XMLSyntaxError:
        pass  # damaged further on, or not XML at all: the reader tells
    root = next((element for _event, element in parser.read_events()), None)
    if root is None or not isinstance(root.tag, str):
        return None
    namespace, _brace, local = root.tag[1:].rpartition("}")
    if local != "dossier" or not namespace.startswith(_NAMESPACE):
        return None
    return namespace.removeprefix(_NAMESPACE).partition("/")[0]


register(Oso())
