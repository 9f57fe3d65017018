"""The named conditions of the mapping language (`when`).

Each takes the value at hand (None at a block), the mapping's state and the scopes; the last scope is the item of the
innermost `each`. True: it goes along. False: it is dropped for the reason that the mapping gives. Where what is there
does not tell, the condition raises Refused with the code of a finding: nothing is guessed.
"""

from collections.abc import Callable
from datetime import date

from dod2oso.mapping.context import TOP, MappingState, Refused, Scopes
from dod2oso.oso.catalogue import catalogue
from dod2oso.oso.transfers import transfer
from dod2oso.oso.versions import version
from dod2oso.source.normalise import export_date, is_bsn, is_onderwijsnummer

UNKNOWN = "onbekend"  # our own word in code tables for a code that says so

Condition = Callable[[str | None, MappingState, Scopes], bool]


def waarde_is_bsn(value: str | None, _here: MappingState, _scopes: Scopes) -> bool:
    return value is not None and is_bsn(value)


def waarde_is_onderwijsnummer(value: str | None, _here: MappingState, _scopes: Scopes) -> bool:
    return value is not None and is_onderwijsnummer(value) and not is_bsn(value)


def adres_niet_geheim(_value: str | None, _here: MappingState, scopes: Scopes) -> bool:
    """The pupil's address is not secret. A carer's address would give it away, so it follows the pupil's."""
    return not scopes[TOP].secret("leerling.adresgeheim")


def verzorger_adres_niet_geheim(value: str | None, here: MappingState, scopes: Scopes) -> bool:
    """Neither the pupil's nor this person's own address is secret."""
    own = any(scope.secret("adresgeheim") for scope in scopes)
    return not own and adres_niet_geheim(value, here, scopes)


def communicatie_mag(_value: str | None, here: MappingState, scopes: Scopes) -> bool:
    """A secret number goes along only where the version has a mask for it."""
    return not scopes[-1].secret("geheim") or version(here.version).masks


def first_day_of_test_window(datum: date, years: int) -> date:
    """1 August of the school year so many before the one `datum` lies in (rule toets-datumvenster-povo)."""
    start_year = datum.year if datum.month >= 8 else datum.year - 1
    return date(start_year - years, 8, 1)


def binnen_toetsvenster(_value: str | None, here: MappingState, scopes: Scopes) -> bool:
    """Only tests of the school years that the transfer lets through (POVO: this and the two before it)."""
    years = transfer(here.transfer).test_window
    if years is None:
        return True
    taken = scopes[-1].value("afnamedatum")
    # A test without a (complete) date fails on that, with its own finding.
    return taken is None or taken[-2:] == "00" or taken >= first_day_of_test_window(here.datum, years).isoformat()


def is_huisarts(_value: str | None, _here: MappingState, scopes: Scopes) -> bool:
    """The doctor is said to be a general practitioner; of one whose kind is not told nobody knows."""
    kind = scopes[-1].value("soort")
    if kind is None:
        raise Refused("arts-soort-onbekend")
    return kind.strip().lower() in _GENERAL_PRACTITIONER


_GENERAL_PRACTITIONER = ("huisarts", "ha")
_NO_ARRANGEMENT = ("nvt", "n.v.t.", "geen")
_CLUSTERS = ("1", "2")
_KIND_OF_ARRANGEMENT = "huidigeschool/leerling/zorg/arrangement/soort_arrangement"


def is_arrangement(_value: str | None, here: MappingState, scopes: Scopes) -> bool:
    """An arrangement of cluster 1 or 2, or a version that can say that it is not ("Nvt" is a kind of arrangement too).

    Without a kind it is what the field is about.
    """
    item = scopes[-1]
    kind = item.value("soort")
    if catalogue(here.version).at(_KIND_OF_ARRANGEMENT) is not None:
        return True
    if (kind is None and not item.unclear("soort")) or kind in _CLUSTERS:
        return True
    none = kind is not None and kind.strip().lower() in _NO_ARRANGEMENT
    raise Refused("arrangement-geen" if none else "code-onbekend")


def verzorger_leeft(_value: str | None, here: MappingState, scopes: Scopes) -> bool:
    """The carer is alive, or this version can say that he is not."""
    carer = scopes[-1]
    died = carer.value("overleden") == "true" or "overlijdensdatum" in carer.fields or carer.unclear("overlijdensdatum")
    if died and catalogue(here.version).at(_DECEASED) is None:
        raise Refused("verzorger-overleden")
    return True


_DECEASED = "huidigeschool/leerling/verzorger/overleden"


def geen_fax(_value: str | None, _here: MappingState, scopes: Scopes) -> bool:
    """Not a fax number: OSO has had no place for those since 2016.1."""
    return scopes[-1].value("soort") != "fax"


def is_bekend(value: str | None, _here: MappingState, _scopes: Scopes) -> bool:
    """The export does not say in so many words that it does not know."""
    return value != UNKNOWN


def verzuim_laatste_jaar(_value: str | None, here: MappingState, scopes: Scopes) -> bool:
    """The absence lies in the year before the dossier: what the OSO field is about, and all that art. 7 allows.

    Where an export tells no period, the count is about the year before the export was made.
    """
    first = here.datum.replace(year=here.datum.year - 1, day=min(here.datum.day, 28)).isoformat()
    top = scopes[TOP]
    begin, end = top.value("verzuim.begindatum"), top.value("verzuim.einddatum")
    if top.unclear("verzuim.begindatum") or top.unclear("verzuim.einddatum"):
        raise Refused(ABSENCE)
    if begin is None and end is None:
        made = export_date(top)
        return not made or made >= first
    if end is not None and not end.endswith("-00") and end < first:
        return False
    if begin is None or end is None or begin.endswith("-00") or end.endswith("-00"):
        raise Refused(ABSENCE)
    if not first <= begin <= end <= here.datum.isoformat():
        raise Refused(ABSENCE)
    return True


ABSENCE = "verzuim-periode"

CONDITIONS: dict[str, Condition] = {
    "is-bsn": waarde_is_bsn,
    "is-onderwijsnummer": waarde_is_onderwijsnummer,
    "adres-niet-geheim": adres_niet_geheim,
    "verzorger-adres-niet-geheim": verzorger_adres_niet_geheim,
    "communicatie-mag": communicatie_mag,
    "binnen-toetsvenster": binnen_toetsvenster,
    "is-huisarts": is_huisarts,
    "is-arrangement": is_arrangement,
    "verzorger-leeft": verzorger_leeft,
    "geen-fax": geen_fax,
    "is-bekend": is_bekend,
    "verzuim-laatste-jaar": verzuim_laatste_jaar,
}
