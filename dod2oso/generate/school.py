"""A synthetic school: what an export says about it, and its row in the school register."""

from dataclasses import dataclass
from typing import Literal

from dod2oso.generate.numbers import brin, landline
from dod2oso.generate.tree import Tree
from dod2oso.generate.words import SCHOOLS, STREETS, TOWNS

Kind = Literal["po", "vo"]
SCHOOL_YEAR = "2024-2025"
DAY = "2025-06-15"  # in that year, when all that our pupils did lies behind them: the day to convert them on
REGISTER_COLUMNS = (
    "brin", "vestiging", "naam", "aanleverpunt", "soort", "type", "naamdirecteur", "website", "telefoon", "email",
    "straat", "nummer", "postcode", "plaats", "gemeente",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class School:
    """One school; `kind` is po (primary) or vo (secondary)."""

    brin: str
    vestiging: str = "00"
    kind: Kind = "po"
    name: str = ""

    @classmethod
    def numbered(cls, number: int, kind: Kind = "po") -> "School":
        """School `number` (from 0): every number has a BRIN and location of its own."""
        code, location = brin(number)
        return cls(code, location, kind, SCHOOLS[kind][number % len(SCHOOLS[kind])])

    @property
    def title(self) -> str:
        return self.name or SCHOOLS[self.kind][0]

    def _place(self) -> dict[str, str]:
        number = sum(map(ord, self.brin + self.vestiging))
        town, municipality = TOWNS[number % len(TOWNS)]
        return {
            "straat": STREETS[number % len(STREETS)],
            "nummer": str(number % 90 + 1),
            "postcode": f"{1000 + number % 8999}AB",
            "plaats": town,
            "gemeente": municipality,
        }

    def register_row(self) -> dict[str, str]:
        """The school's row in the register, by REGISTER_COLUMNS."""
        domain = f"{self.brin.lower()}.voorbeeld.nl"
        return {
            "brin": self.brin,
            "vestiging": self.vestiging,
            "naam": self.title,
            "aanleverpunt": "00",
            "soort": "BAO" if self.kind == "po" else "VO",
            "type": "basisschool" if self.kind == "po" else "scholengemeenschap",
            "naamdirecteur": "M. Voorbeeld",
            "website": f"https://{domain}",
            "telefoon": landline(sum(map(ord, self.brin))),
            "email": f"info@{domain}",
            **self._place(),
        }

    def header(self, layout_version: str) -> Tree:
        """What stands once in an export of this school."""
        tree = Tree()
        tree.put(
            "export.",
            layoutversie=layout_version,
            aanmaakdatum="2025-06-10T09:30:00",
            auteur="dod2oso generate",
            pakketnaam="Voorbeeldpakket",
            pakketversie="7.2",
            deeldossier="LASLVS",
            schooljaar=SCHOOL_YEAR,
        )
        tree.put("school.", naam=self.title, brin=self.brin, vestiging=self.vestiging)
        tree.add("school.adressen", soort="bezoek", **self._place())
        tree.add("school.communicatie", soort="telefoon", aanduiding="werk", nummer=landline(sum(map(ord, self.brin))))
        return tree

    def groups(self) -> tuple[tuple[str, str], ...]:
        """(key, jaargroep) of the groups whose pupils leave."""
        return (("8A", "8"), ("8B", "8")) if self.kind == "po" else (("H2A", "12"), ("V2B", "12"))
