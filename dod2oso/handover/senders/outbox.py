"""The outbox: DIR/outbox/<dossier-id>.xml with <dossier-id>.json, the manifest, that appears last.

Where the outbox is for one reader (handover/envelope.py) the dossier is <dossier-id>.xml.p7m.
A sender looks for manifests, and takes a dossier by moving or removing its manifest. Promise: the same bytes
of a dossier appear once. That holds through a crash, because the row of a handover is committed before its
manifest appears and whether the manifest appeared can always be told afterwards: it either still lies in .tmp
or it does not. Withdrawing is the same in reverse: moving the manifest to .withdrawn decides whether we or
the sender had it.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import select

from dod2oso.base import atrest
from dod2oso.base.clock import run_date
from dod2oso.base.files import disk_guard, make_private_dir, own_dir, remove_empty, write_parts, write_private
from dod2oso.base.texts import LANGUAGES, Text
from dod2oso.base.wipe import wipe
from dod2oso.handover.envelope import FORMAT, SUFFIX, Recipient, enveloper, recipient
from dod2oso.handover.receivers import receivers_of_all
from dod2oso.handover.senders.registry import SenderKind, register
from dod2oso.handover.senders.sender import OUTBOX
from dod2oso.ledger import handovers, places
from dod2oso.ledger.handover_tables import handovers as table
from dod2oso.ledger.handovers import FETCHED, STAGED, STAGING, WITHDRAWN, Handover, Ready, Step, begin
from dod2oso.ledger.rows import timestamp
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers
from dod2oso.oso.versions import outdated

MANIFEST_FORMAT = 1
_TOLD = ("dossier_id", "sha256", "oso", "overstap", "brin", "vestiging")  # that stand in manifest and ledger alike
_FICLONE = 0x40049409  # ioctl_ficlone(2)


class Box(NamedTuple):
    """The folders of an outbox."""

    root: Path
    temporary: Path
    withdrawn: Path

    @classmethod
    def of(cls, out_dir: Path) -> "Box":
        root = out_dir / "outbox"
        with disk_guard():
            return cls(make_private_dir(root), own_dir(root / ".tmp"), own_dir(root / ".withdrawn"))

    def manifest(self, dossier_id: str) -> dict[str, Any] | None:
        """What the manifest of a staged dossier says, nothing when it is damaged; None when it is not there.

        Then somebody took the dossier, for the manifest goes first.
        """
        try:
            manifest = json.loads(places.read_at_once(f"{self.root}{os.sep}{dossier_id}.json"))
        except FileNotFoundError:
            return None
        except (OSError, ValueError):
            return {}
        return manifest if isinstance(manifest, dict) else {}

    def whole(self, staged: Handover, manifest: Mapping[str, Any]) -> bool:
        """Whether the staged dossier is what was converted, and its manifest still says so."""
        if any(manifest.get(name) != getattr(staged, name) for name in _TOLD):
            return False
        file, digest = f"{staged.dossier_id}.xml", staged.sha256
        if sealed := manifest.get("enveloped"):
            file, digest = file + SUFFIX, sealed["sha256"]
        return places.is_intact(f"{self.root}{os.sep}{file}", digest)


def _reader(manifest: Mapping[str, Any]) -> str | None:
    """The fingerprint of the certificate for which the dossier lies there; None when it is readable."""
    sealed: dict[str, str] = manifest.get("enveloped") or {}
    return sealed.get("recipient")


class Outbox:
    """The sender that lays dossiers in a folder, for a system of the school or a gateway to pick up."""

    name = OUTBOX

    def __init__(self, ledger: Ledger, out_dir: Path) -> None:
        self._ledger = ledger
        self._out_dir = out_dir
        self._box = Box.of(out_dir)
        self._envelop: Callable[[bytes], bytes] | None = None
        self._sealed = atrest.is_encrypted(out_dir)
        # until the file system says that it cannot; what is sealed leaves as it was before that
        self._clones = sys.platform == "linux" and not self._sealed

    def settle(self, step: Step) -> None:
        self._recover(step)
        with self._ledger.read() as connection:
            found = recipient(connection)
        reader = None if found is None else found.fingerprint
        for staged in self._pages(STAGED):
            lies = {each.id: self._box.manifest(each.dossier_id) for each in staged}
            gone = [each for each, manifest in lies.items() if manifest is None]
            _mark(self._ledger, gone, STAGED, FETCHED, step._replace(reason="opgehaald"))
            right = self._right(staged)
            left = [(each, said) for each in staged if each.id in right and (said := lies[each.id]) is not None]
            damaged = [each for each, manifest in left if not self._box.whole(each, manifest)]
            self.take_back(damaged, WITHDRAWN, step._replace(reason="beschadigd"))
            harmed = {each.id for each in damaged}
            changed = [each for each, manifest in left if each.id not in harmed and _reader(manifest) != reader]
            self.take_back(changed, WITHDRAWN, step._replace(reason="ontvanger-gewijzigd"))
        remove_empty(self._box.temporary)

    def stage(self, dossiers: Sequence[Ready], step: Step) -> None:
        receivers = receivers_of_all(self._ledger, dossiers)
        with self._ledger.read() as connection:
            reader = recipient(connection)
        self._envelop = None if reader is None else enveloper(reader)
        notices = {version: outdated(version, run_date(None)) for version in {each.oso for each in dossiers}}
        said = {version: _in_all_languages(notice) for version, notice in notices.items()}
        moment = timestamp()
        with disk_guard():
            own_dir(self._box.temporary)
            for dossier in dossiers:
                self._prepare(dossier, receivers[dossier.dossier_id], said[dossier.oso], reader, moment)
        self._publish_prepared(dossiers, step)
        remove_empty(self._box.temporary)

    def take_back(self, chosen: Sequence[Handover], new: str, step: Step) -> list[str]:
        ours, fetched = [], []
        for each in chosen:
            try:
                name = f"{each.dossier_id}.json"
                (self._box.root / name).replace(self._box.withdrawn / name)
                ours.append(each)
            except FileNotFoundError:  # the sender was a moment earlier
                fetched.append(each.id)
        _mark(self._ledger, [each.id for each in ours], STAGED, new, step)
        _mark(self._ledger, fetched, STAGED, FETCHED, step._replace(reason="opgehaald"))
        for each in ours:
            self._discard(each.dossier_id)
        return [each.id for each in ours]

    def _recover(self, step: Step) -> None:
        """Finish or forget what a crash left half-way."""
        step = step._replace(reason="afgebroken")
        with disk_guard():
            own_dir(self._box.temporary)
        for claimed in self._box.withdrawn.glob("*.json"):
            named = table.c.dossier_id == claimed.stem
            for staged in self._pages(STAGED, named):
                _mark(self._ledger, [each.id for each in staged], STAGED, WITHDRAWN, step)
            self._discard(claimed.stem)
        for staging in self._pages(STAGING):
            hidden = [each for each in staging if (self._box.temporary / f"{each.dossier_id}.json").exists()]
            _mark(self._ledger, [each.id for each in hidden], STAGING, WITHDRAWN, step)
            _mark(self._ledger, [each.id for each in staging if each not in hidden], STAGING, STAGED, step)
        for stray in self._box.temporary.iterdir():
            wipe(stray)

    def _prepare(
        self,
        dossier: Ready,
        receivers: frozenset[str],
        notice: Mapping[str, str],
        reader: Recipient | None,
        moment: str,
    ) -> None:
        """Copy one dossier and its manifest under their temporary names; `notice`: what to know of its OSO version."""
        manifest = {
            "format": MANIFEST_FORMAT,
            "handover_id": dossier.handover_id,
            "dossier_id": dossier.dossier_id,
            "sha256": dossier.sha256,
            "size": dossier.size,
            "oso": dossier.oso,
            "overstap": dossier.overstap,
            "brin": dossier.brin,
            "vestiging": dossier.vestiging,
            "receivers": sorted(receivers),
            "staged_at": moment,
        }
        if notice:
            manifest["notice"] = notice
        source = places.dossier_path(self._out_dir, "ready", dossier.brin, dossier.dossier_id)
        target = self._box.temporary / f"{dossier.dossier_id}.xml"
        if reader is None or self._envelop is None:
            self._copy(source, target)
        else:
            sealed = self._envelop(atrest.read(source, self._out_dir))
            write_private(target.with_name(target.name + SUFFIX), sealed)
            manifest["enveloped"] = {
                "file": target.name + SUFFIX, "format": FORMAT, "recipient": reader.fingerprint,
                "sha256": sha256(sealed).hexdigest(),
            }  # fmt: skip
        write_private(f"{self._box.temporary}{os.sep}{dossier.dossier_id}.json", indented(manifest))

    def _copy(self, source: Path, target: Path) -> None:
        """A file of its own: who changes the one leaves the other. Without writing the bytes again where it can be."""
        if self._clones and _cloned(source, target):
            return
        self._clones = False
        write_parts(target, atrest.parts(source, self._out_dir if self._sealed else None))

    def _publish_prepared(self, dossiers: Sequence[Ready], step: Step) -> None:
        with self._ledger.write() as connection:
            begin(connection, dossiers, OUTBOX, STAGING, step)
        kinds = ("xml" if self._envelop is None else f"xml{SUFFIX}", "json")
        temporary, root = f"{self._box.temporary}{os.sep}", f"{self._box.root}{os.sep}"
        with disk_guard():
            for dossier in dossiers:
                for kind in kinds:
                    name = f"{dossier.dossier_id}.{kind}"
                    os.replace(temporary + name, root + name)  # noqa: PTH105  twice per dossier
        _mark(self._ledger, [dossier.handover_id for dossier in dossiers], STAGING, STAGED, step)

    def _right(self, staged: Sequence[Handover]) -> set[str]:
        """The ids of those that may still leave; `staged` is a page, all there is between its first and its last."""
        first, last = staged[0].id, staged[-1].id
        chosen = select(table.c.id).join(dossiers, handovers.is_right()).where(table.c.id.between(first, last))
        with self._ledger.read() as connection:
            return set(connection.scalars(chosen))

    def _discard(self, dossier_id: str) -> None:
        for kind in ("xml", f"xml{SUFFIX}"):
            (self._box.root / f"{dossier_id}.{kind}").unlink(missing_ok=True)
        (self._box.withdrawn / f"{dossier_id}.json").unlink(missing_ok=True)

    def _pages(self, state: str, *only: handovers.Only) -> Iterator[list[Handover]]:
        return handovers.pages(self._ledger, table.c.sender == OUTBOX, table.c.state == state, *only)


def indented(manifest: Mapping[str, Any]) -> bytes:
    """What `json.dumps` with an indent of 2 makes of it, and the end of a line; faster, for there are thousands."""
    lines = (f"  {json.dumps(name)}: {_value(said)}" for name, said in manifest.items())
    return ("{\n" + ",\n".join(lines) + "\n}\n").encode()


def _value(said: Any) -> str:
    if not said or not isinstance(said, list | dict):
        return json.dumps(said)  # in C, which does not indent
    return json.dumps(said, indent=2).replace("\n", "\n  ")


def _in_all_languages(notice: Text | None) -> Mapping[str, str]:
    return {} if notice is None else {lang: notice.text(lang) for lang in LANGUAGES}


def _cloned(source: Path, target: Path) -> bool:
    """Whether the file system (Btrfs, XFS) made a copy without writing the bytes again."""
    if sys.platform != "linux":  # said once more for the type checker: fcntl is not everywhere
        return False
    import fcntl

    write_private(target, b"")
    with source.open("rb") as old, target.open("r+b") as new:
        try:
            fcntl.ioctl(new.fileno(), _FICLONE, old.fileno())
        except OSError:
            return False
    return True


def _mark(ledger: Ledger, ids: Sequence[str], old: str, new: str, step: Step) -> None:
    handovers.move(ledger, ids, new, step, only_from=(old,))


register(SenderKind(OUTBOX, Outbox))
