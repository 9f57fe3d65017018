"""Files that lay beside the exports and that nobody read: said once per kind, in the ledger and so in every report.

Names are not given, for those of documents are often names of children. Documents that an export takes along as
attachments are that export's business; it tells of those that fit no pupil.
"""

import hashlib
from collections import Counter

from dod2oso.base.texts import Text
from dod2oso.findings.balance import Balance
from dod2oso.findings.model import Finding
from dod2oso.ledger.exports import LEFT_FILES_PROFILE
from dod2oso.run.session import Session
from dod2oso.source.container.unread import DOCUMENTS

CODE = "bestand-niet-gelezen"
_OWN = "bestand-van-dod2oso"
_NAME = "(overige bestanden)"


def note_left_files(session: Session) -> None:
    """Write down and print what was left; nothing when nothing was."""
    sources = session.sources
    position = len(sources.exports) + len(sources.empty)
    left = Counter(sources.left)
    left.update(kind for member, kind in sources.loose if id(member) not in session.offered)
    if not left:
        return
    options, ledger = session.options, session.ledger
    findings = [_finding(kind) for kind, n in sorted(left.items()) for _ in range(n)]
    config = hashlib.sha256(repr(sorted(left.items())).encode()).hexdigest()
    row = ledger.start_export(
        session.run_id, position, _NAME, options.version, options.transfer, LEFT_FILES_PROFILE, config, config,
        session.datum,
    )  # fmt: skip
    ledger.finish_export(row.id, Balance(), findings)
    for kind, n in sorted(left.items()):
        session.progress.message(Text("files-left", count=n, kind=Text(DOCUMENTS[kind])))


def _finding(kind: str) -> Finding:
    return Finding(_OWN if kind == "own" else CODE, cause=DOCUMENTS[kind])
