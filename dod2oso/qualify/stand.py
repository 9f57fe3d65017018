"""Our own source for a rehearsal: the made-up pupils as an export, converted, staged, allowed; and changed on request.

The real conversion and the real hand-over: what is judged is what a school would hand over.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from sqlalchemy import ColumnElement, select

from dod2oso.base.pseudonym import Pseudonyms, load_key
from dod2oso.base.texts import Text
from dod2oso.generate.companions import columns, supplement_row, table, write_schools
from dod2oso.generate.documents import plain
from dod2oso.generate.export import header, known_layout, write_pupils
from dod2oso.generate.learning import add_final_test
from dod2oso.generate.pupil import make_pupil
from dod2oso.generate.school import School
from dod2oso.generate.tree import Tree
from dod2oso.handover.receivers import allow
from dod2oso.handover.send import hand_over
from dod2oso.handover.senders.registry import local_senders
from dod2oso.handover.senders.sender import BRON
from dod2oso.ledger.handover_tables import document_requests, handovers, terugkoppelingen
from dod2oso.ledger.handovers import Step
from dod2oso.ledger.store import Ledger
from dod2oso.ledger.tables import dossiers
from dod2oso.oso.transfers import transfer
from dod2oso.qualify.kit import Kit, Pupil, Schools, pupils, schools
from dod2oso.run.pipeline import run
from dod2oso.run.session import Options
from dod2oso.supplement.pupil import pgn_key

FORMAT = "dod-referentie"
ACCOUNT = "qualify"
DATUM = "2025-06-15"  # the day on which the made-up pupils live
_SEED = 18


class _Quiet:
    def export(self, name: str, number: int, total: int, records: int) -> None: ...
    def dossiers(self, done: int) -> None: ...
    def message(self, text: Text) -> None: ...


@dataclass(slots=True)
class Stand:
    """The own source in a folder. Made by `make`; `cast` are the pupils that this rehearsal needs."""

    ledger: Ledger
    folder: Path
    cast: dict[str, Pupil]
    version: str  # of the dossiers
    schools: Schools = field(default_factory=schools)
    typed: set[str] = field(default_factory=set)  # pupils about whom something was typed in since
    renewed: set[str] = field(default_factory=set)  # those with a final test and a revised advice now

    @property
    def out(self) -> Path:
        return self.folder / "dod2oso-out"

    def key(self, name: str) -> str:
        """By this the ledger knows the pupil."""
        return pgn_key(Pseudonyms(load_key(self.out)), self.cast[name].pgn)

    def stage(self, *names: str) -> None:
        """Stage these pupils as `handover send` does, and say who may fetch: klaarzetten."""
        keys = {self.key(name): self.cast[name] for name in names}
        hand_over(
            self.ledger, self.out, local_senders(self.ledger, self.out), BRON,
            dossiers.c.match_pgn.in_(keys), Step(ACCOUNT),
        )  # fmt: skip
        self._allow(names)

    def retype(self, name: str) -> None:
        """Type something into the dossier of a pupil and convert it, without staging it anew."""
        self.typed.add(name)
        self._convert([name])

    def renew(self, name: str) -> None:
        """Give a pupil a final test and a revised advice, convert, and stage anew."""
        self.renewed.add(name)
        self._convert([name])
        self.stage(name)

    def staged(self, name: str) -> list[str]:
        """The hashes of the dossiers of a pupil that were staged, oldest first."""
        chosen = select(handovers.c.sha256).where(handovers.c.match_pgn == self.key(name)).order_by(handovers.c.at)
        with self.ledger.read() as connection:
            return list(connection.scalars(chosen))

    def stored(self, session: str) -> bool:
        """Whether the source kept a request of this session."""
        return self._any(document_requests.c.sessie_id, session)

    def feedback(self, koppelsleutel: str) -> bool:
        """Whether the source kept feedback under this key."""
        return self._any(terugkoppelingen.c.koppelsleutel, koppelsleutel)

    def _any(self, column: ColumnElement[str], value: str) -> bool:
        with self.ledger.read() as connection:
            return connection.execute(select(column).where(column == value)).first() is not None

    def _allow(self, names: Iterable[str]) -> None:
        """Mark who may fetch; within a BRIN and for a samenwerkingsverband nobody needs to be marked."""
        pairs: list[tuple[str, str]] = []
        for name in names:
            pupil = self.cast[name]
            if transfer(pupil.transfer).same_brin:
                continue
            receiver = self.schools.other if pupil.state == "for-another" else self.schools.doel
            with self.ledger.read() as connection:
                chosen = select(dossiers.c.pseudonym).where(dossiers.c.match_pgn == self.key(name)).distinct()
                pairs += [(pseudonym, receiver) for pseudonym in connection.scalars(chosen)]
        allow(self.ledger, pairs, ACCOUNT)

    def _convert(self, names: Iterable[str]) -> None:
        """Convert these pupils, each kind of transfer in a run of its own."""
        groups: dict[tuple[str, str, str], list[str]] = {}
        for name in names:
            pupil = self.cast[name]
            if pupil.bron is not None:
                groups.setdefault((pupil.bron, pupil.transfer, pupil.oso or self.version), []).append(name)
        for (kind, overstap, version), members in groups.items():
            school = School(self.schools.po if kind == "po" else self.schools.vo, "00", "po" if kind == "po" else "vo")
            place = self.folder / "exports" / f"{overstap}-{version}"
            place.mkdir(parents=True, exist_ok=True)
            whole = [
                n
                for n, p in self.cast.items()
                if (p.bron, p.transfer, p.oso or self.version) == (kind, overstap, version)
            ]
            export, supplement, register = place / "export.xml", place / "aanvulling.csv", place / "scholen.csv"
            made = [(name, self._tree(name, school)) for name in whole if name in members or self._known(name)]
            layout = known_layout(FORMAT)
            write_pupils(export, layout, header(school, layout), [tree for _, tree in made])
            with table(supplement, columns(FORMAT)) as rows:
                for name, tree in made:
                    if self.cast[name].state != "held":
                        rows.writerow(supplement_row(school, tree))
            write_schools(register, [school])
            options = Options(
                [export], overstap, version=version, out_dir=self.out, schools=register, supplements=(supplement,),
                datum=DATUM, sender=BRON, account=ACCOUNT,
            )  # fmt: skip
            run(options, _Quiet())

    def _known(self, name: str) -> bool:
        return self._any(dossiers.c.match_pgn, self.key(name))

    def _tree(self, name: str, school: School) -> Tree:
        """The pupil as an export of its school holds it."""
        pupil = self.cast[name]
        number = 100 + list(pupils()).index(name) * 3  # a number divisible by three and then one: none has a final test
        tree = make_pupil(school, number, _SEED)
        for word in ("bsn", "onderwijsnummer"):
            tree.fields.pop(f"leerling.{word}", None)
        kind = "onderwijsnummer" if pupil.number.startswith("onderwijsnummer") else "bsn"
        tree.put("leerling.", **{kind: pupil.pgn})
        for place in range(pupil.attachments):
            text = f"Bijlage {place + 1} van een verzonnen leerling."
            tree.add("documenten", bestandsnaam=f"bijlage-{place + 1}.txt", omschrijving="Bijlage", inhoud=plain(text))
        if name in self.renewed:
            add_final_test(tree, Random(name))
            tree.put("advies.", herzien="61", motivatieherziening="De eindtoets gaf een hoger advies.")
        if name in self.typed:
            tree.put("advies.", aandachtspunten="Dit is na het klaarzetten ingevoerd.")
        return tree


def make(ledger: Ledger, folder: Path, kit: Kit, names: Iterable[str], say: Callable[[Text], None]) -> Stand:
    """Convert and stage the pupils with these names (and those they need), for the dossiers of this kit."""
    cast = {name: pupil for name, pupil in pupils().items() if name in set(names)}
    stand = Stand(ledger, folder, cast, kit.speaks.oso)
    present = [name for name, pupil in cast.items() if pupil.bron is not None]
    say(Text("qualify-step-stand", n=len(present)))
    stand._convert(present)
    stand.stage(*(name for name in present if cast[name].state in ("staged", "for-another")))
    stand._allow(name for name in present if cast[name].state in ("ready", "held"))
    return stand
