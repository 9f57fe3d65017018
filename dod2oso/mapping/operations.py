"""The named operations of the mapping language (`via`). There is no code in a mapping, only these names.

Each takes a value in dictionary notation, the mapping's state and the scopes, and returns one value or several. It
raises Refused with a finding code when it cannot use the value, and sets `here.lossy` when something got lost.
"""

import re
import textwrap
from collections.abc import Callable

from dod2oso.base.brin import typed_vestiging
from dod2oso.base.texts import Text
from dod2oso.findings.model import Finding
from dod2oso.mapping.attachments import pack
from dod2oso.mapping.context import FIRST_EACH, TOP, MappingState, Refused, Scopes, lookup
from dod2oso.oso.versions import version
from dod2oso.source.surname import split_surname

Result = str | list[str]
Operation = Callable[[str, MappingState, Scopes], Result]

# Values that the receiving chain knows for a secret number or address (rules communicatie-geheim-*).
MASK_PHONE = "9999999999"
MASK_EMAIL = "geheim@geheim.geheim"


_BETWEEN_NAMES = re.compile(r"[\s,;]+")


def splits_voornamen(value: str, _here: MappingState, _scopes: Scopes) -> Result:
    """First names in one text -> one value per name; `Anna, Maria` is two names, as `Anna Maria` is."""
    return _not_empty([name for name in _BETWEEN_NAMES.split(value) if name])


def splits_opsomming(value: str, _here: MappingState, _scopes: Scopes) -> Result:
    """A name of a list of names; a comma parts two of them, a space may be within one."""
    return _not_empty([name.strip() for name in re.split("[,;]", value) if name.strip()])


def gba_datum(value: str, _here: MappingState, _scopes: Scopes) -> Result:
    """An ISO date as DD-MM-JJJJ, as the GBA block wants it; unknown parts stay 00."""
    year, month, day = value.split("-")
    return f"{day}-{month}-{year}"


def hoofdletters(value: str, _here: MappingState, _scopes: Scopes) -> Result:
    return value.upper()


def twee_cijfers(value: str, _here: MappingState, _scopes: Scopes) -> Result:
    """A location number in two digits: 0 -> 00."""
    return typed_vestiging(value)


def voorvoegsel_uit_naam(value: str, _here: MappingState, _scopes: Scopes) -> Result:
    """`Berg, van den` -> `van den`; nothing when the name has no such tail (`Jansen, jr.`)."""
    prefix = split_surname(value)[1]
    return prefix if prefix is not None else []


def naam_zonder_voorvoegsel(value: str, here: MappingState, scopes: Scopes) -> Result:
    """`Berg, van den` -> `Berg`; any other name as it is.

    A voorvoegsel of its own that says something else is a contradiction: nothing is taken off, and a person decides.
    """
    name, prefix = split_surname(value)
    if prefix is None:
        return value
    pupil = len(scopes) == FIRST_EACH
    key = "leerling.voorvoegsel" if pupil else "voorvoegsel"
    own = scopes[TOP if pupil else -1].value(key)
    if own is None and not scopes[TOP if pupil else -1].unclear(key):
        return name
    if own is not None and own.lower().split() == prefix.lower().split():
        return name
    field = "leerling.achternaam" if pupil else f"{here.place}.achternaam"
    here.findings.append(Finding("naam-tegenstrijdig", field, _SURNAME if pupil else ""))
    return value


_SURNAME = "huidigeschool/leerling/achternaam"


_POSTCODE = re.compile(r"([1-9][0-9]{3})\s*([A-Za-z]{2})\Z")


def postcode(value: str, _here: MappingState, _scopes: Scopes) -> Result:
    """A Dutch postcode as 9999XX; anything else as it is (OSO has no fixed format)."""
    found = _POSTCODE.match(value)
    return f"{found[1]}{found[2].upper()}" if found else value


def geheim_nummer(value: str, here: MappingState, scopes: Scopes) -> Result:
    """A secret phone number or e-mail address becomes the fixed mask value where the version has masks."""
    if not scopes[-1].secret("geheim") or not version(here.version).masks:
        return value
    here.lossy = True
    return MASK_EMAIL if lookup(scopes[-1:], "soort") == "e-mail" else MASK_PHONE


def bijlage(value: str, _here: MappingState, scopes: Scopes) -> Result:
    """A file (Base64, as it is or already zipped) -> Base64 of a ZIP with that one file, named by its sibling."""
    name = lookup(scopes[-1:], "bestandsnaam")
    if name is None:
        raise Refused("bijlage-geweigerd", Text("attachment-nameless"))
    return pack(value, name)


def regel_35(value: str, _here: MappingState, _scopes: Scopes) -> Result:
    """A line of a foreign address in lines of at most 35 characters, broken at words where possible."""
    return _not_empty(textwrap.wrap(value, 35))


def _not_empty(values: list[str]) -> list[str]:
    """A text of nothing but odd white space (no-break spaces) is refused, so that it does not pass for unread."""
    if not values:
        raise Refused("vorm-onjuist")
    return values


OPERATIONS: dict[str, Operation] = {
    "splits-voornamen": splits_voornamen,
    "gba-datum": gba_datum,
    "hoofdletters": hoofdletters,
    "twee-cijfers": twee_cijfers,
    "splits-opsomming": splits_opsomming,
    "voorvoegsel-uit-naam": voorvoegsel_uit_naam,
    "naam-zonder-voorvoegsel": naam_zonder_voorvoegsel,
    "postcode": postcode,
    "geheim-nummer": geheim_nummer,
    "bijlage": bijlage,
    "regel-35": regel_35,
}
