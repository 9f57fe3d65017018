"""The attachments of a dossier as files, under names of ours: what a dossier calls them may name people, or climb.

Only what OSO allows is unpacked (oso/attachments.py looks): one file of an allowed kind, which is what it says. All
else stays in the dossier, with why.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from dod2oso.base import atrest
from dod2oso.base.files import make_private_dir
from dod2oso.base.texts import Text
from dod2oso.oso.attachments import PROBLEMS, content, kind_of, problem
from dod2oso.oso.rules.document import value
from dod2oso.report.readable import FILE

FOLDER = "bijlagen"


class Attachment(NamedTuple):
    """One attachment: the element with its content, what it is called, where it stands now ("" nowhere, with why)."""

    element: etree._Element
    name: str
    file: str
    problem: Text | None

    def text(self, lang: str) -> str:
        """Where it is, or why it is nowhere."""
        return Text("receive-attachment-left", why=self.problem).text(lang) if self.problem else self.file


def unpack(root: etree._Element, out_dir: Path, folder: Path) -> list[Attachment]:
    """Write the attachments of a dossier below `folder`, sealed where the project of `out_dir` is encrypted."""
    return list(_each(root, out_dir, folder))


def _each(root: etree._Element, out_dir: Path, folder: Path) -> Iterator[Attachment]:
    for number, element in enumerate(root.iter(f"{{*}}{FILE}"), start=1):
        parent = element.getparent()
        name = (parent.findtext("{*}bestandsnaam") or "") if parent is not None else ""
        text = value(element)
        code = problem(name, text)
        if code:
            yield Attachment(element, name, "", PROBLEMS[code])
            continue
        file = f"{FOLDER}/bijlage-{number:03}.{kind_of(name)}"
        make_private_dir(folder / FOLDER)
        atrest.atomic_write(out_dir, folder / file, content(text))
        yield Attachment(element, name, file, None)
