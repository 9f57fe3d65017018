"""The dirt that stands in the samples on purpose: what is wrong, where, and what dod2oso makes of it."""

from collections.abc import Callable
from dataclasses import dataclass, field

from dod2oso.generate.documents import plain
from dod2oso.generate.tree import Raw, Tree

NORTH, EAST, SOUTH, WEST, COLLEGE, STRANGER = (
    "dod-referentie-school-noord.xml",
    "dod-referentie-school-oost.xml",
    "edexml-2.1-school-zuid.xml",
    "edexml-2.1-school-west.xml",
    "dod-referentie-college.xml",
    "dod-referentie-school-zonder-register.xml",
)
REPAIRED = "hersteld"

Edit = Callable[[Tree], None]


def _same(pupil: Tree) -> None:
    """No change to the pupil: the dirt is elsewhere."""


@dataclass(frozen=True, slots=True)
class Dirt:
    """One thing that is wrong in one record of an export (`record` counts from 1, 0 is the whole export).

    `result` is a finding code, a reason of reasons.yaml for which the value stays behind, or REPAIRED. `supplement`
    holds the cells of the pupil's row that differ from a good one; None means that there is no row. `stays` is the
    dictionary field that stays behind, when `result` is a reason.
    """

    export: str
    record: int
    what: str
    result: str
    edit: Edit = _same
    xml: tuple[str, str] | None = None  # what to replace, once, in the text of the record
    supplement: dict[str, str] | None = field(default_factory=dict)
    transfer: str = "POVO"
    stays: str = ""


def _set(name: str, value: str) -> Edit:
    def edit(pupil: Tree) -> None:
        pupil.fields[name] = Raw(value)

    return edit


def _drop(*names: str) -> Edit:
    def edit(pupil: Tree) -> None:
        for name in names:
            pupil.fields.pop(name, None)

    return edit


def _set_in(group: str, place: int, name: str, value: str) -> Edit:
    def edit(pupil: Tree) -> None:
        pupil.lists[group][place].fields[name] = Raw(value)

    return edit


def _drop_in(group: str, place: int, name: str) -> Edit:
    def edit(pupil: Tree) -> None:
        del pupil.lists[group][place].fields[name]

    return edit


def _add(group: str, **values: str) -> Edit:
    def edit(pupil: Tree) -> None:
        pupil.add(group, **values)

    return edit


def _final_test(pupil: Tree) -> None:
    test = pupil.add("eindtoetsen", deelgenomen=True, soort="iep", niveau="generiek", afnamedatum="2025-02-04")
    test.put(standaardscore="5350", advies="Havo")


def _long_advice(pupil: Tree) -> None:
    pupil.lists["eindtoetsen"][0].put(advies=" ".join([_LONG] * 3))


def _two_perspectives(pupil: Tree) -> None:
    pupil.add("zorg.opp", begindatum="2022-08-01", einddatum="2023-07-31")
    pupil.add("zorg.opp", begindatum="2023-08-01")


def _two_perspectives_alike(pupil: Tree) -> None:
    for end in ("2025-07-31", "2026-07-31"):
        pupil.add("zorg.opp", begindatum="2025-03-01", einddatum=end)


def _two_prefixes(pupil: Tree) -> None:
    pupil.put("leerling.", voorvoegsel="de", achternaam="Berg, van den")


def _two_employers(pupil: Tree) -> None:
    pupil.lists["toetsen"][0].put(
        "afnemer.",
        naam="R. Voorbeeld",
        **{
            "instelling.naam": "Adviesbureau Voorbeeld",
            "school.naam": "De Oefenschool",
            "school.brin": "99ZY",
            "school.vestiging": "00",
            "school.aanleverpunt": "00",
        },
    )


def _name_with_tail(pupil: Tree) -> None:
    pupil.fields.pop("leerling.voorvoegsel", None)
    pupil.put("leerling.", achternaam="Berg, van den")


def _secret_phone(pupil: Tree) -> None:
    pupil.lists["leerling.communicatie"][0].put(geheim=True)


def _lwoo(pupil: Tree) -> None:
    pupil.put("zorg.lwoo.", begindatum="2024-08-01", swvnummer="VO9901", beschikkingsnummer="LWOO00001")
    pupil.put("zorg.lwoo.", einddatum="2026-08-01")


def _two_marks(pupil: Tree) -> None:
    pupil.lists["vakken"][0].put(eindcijferse="6.8")


def _reference_index(pupil: Tree) -> None:
    pupil.put("zorg.", **{"vir.ingevoerd": True, "vir.reden": "voorbeeld"})
    pupil.lists["verzorgers"][0].put(iban="NL00VOOR0000000000")


def _origin(pupil: Tree) -> None:
    pupil.put("leerling.", etniciteit="1", land="NL", **{"land-vader": "NL"})


_LONG = " ".join(["De leerling werkt het best met een duidelijke planning en korte opdrachten."] * 6)

DIRT: tuple[Dirt, ...] = (
    # School Noord: rich dossiers
    Dirt(NORTH, 1, "geheim adres", "geheim-adres", _set("leerling.adresgeheim", "ja"),
         stays="leerling.adressen[].straat"),
    Dirt(NORTH, 2, "geheim telefoonnummer: vanaf OSO 2016.1 gaat alleen een masker mee", REPAIRED, _secret_phone),
    Dirt(NORTH, 3, "toets van voor het POVO-venster", "toetsvenster",
         _set_in("toetsen", 0, "afnamedatum", "12-01-2019"),
         stays="toetsen[].code"),
    Dirt(NORTH, 4, "toets zonder datum", "blok-onvolledig", _drop_in("toetsen", 1, "afnamedatum")),
    Dirt(NORTH, 5, "aandachtspunten van meer dan 280 tekens", "tekst-ingekort", _set("advies.aandachtspunten", _LONG)),
    Dirt(NORTH, 6, "bijlage met de extensie .exe", "bijlage-geweigerd",
         _add("documenten", bestandsnaam="rapport.exe", inhoud=plain("voorbeeld"))),
    Dirt(NORTH, 7, "bijlage met onjuiste Base64", "bijlage-geweigerd",
         _add("documenten", bestandsnaam="rapport.pdf", inhoud="dit is geen base64!")),
    Dirt(NORTH, 8, "tweede verzorger zonder achternaam", "blok-onvolledig", _drop_in("verzorgers", 1, "achternaam")),
    Dirt(NORTH, 9, "faxnummer", "geen-plaats", _add("leerling.communicatie", soort="fax", nummer="0100000099"),
         stays="leerling.communicatie[].nummer"),
    Dirt(NORTH, 10, "melding in de verwijsindex en een bankrekening van een ouder", "wet", _reference_index,
         stays="zorg.vir.reden"),
    Dirt(NORTH, 11, "verzuim van een eerder schooljaar", "wet",
         _add("eerderverzuim", schooljaar="2022-2023", geoorloofd="4", ongeoorloofd="1"),
         stays="eerderverzuim[].schooljaar"),
    Dirt(NORTH, 12, "toestemming 'Nee' in de aanvulling", "toestemming-geweigerd",
         supplement={"inzage/toestemming": "Nee"}),
    Dirt(NORTH, 13, "ouders maken in de aanvulling bezwaar tegen de toetsresultaten", "bezwaar",
         supplement={"bezwaar.toetsresultaten": "ja"}, stays="toetsen[].code"),
    Dirt(NORTH, 14, "geen rij in de aanvulling: niemand legde de inzage vast", "oso-regel", supplement=None),
    Dirt(NORTH, 15, "inzagedatum 31-13-2025 in de aanvulling", "aanvulling-waarde-onjuist",
         supplement={"inzage/inzagedatum": "31-13-2025"}),
    Dirt(NORTH, 16, "geboorteplaats in de aanvulling, als OSO-pad", "aanvulling-niet-toegestaan",
         supplement={"huidigeschool/leerling/geboorteplaats": "Voorbeeldstad"}),
    Dirt(NORTH, 17, "stuurteken in de roepnaam in de aanvulling", "aanvulling-waarde-onjuist",
         supplement={"leerling.roepnaam": "Bo\x0bo"}),
    Dirt(NORTH, 18, "dezelfde leerling staat ook in de export van school Oost", "leerling-dubbel"),
    Dirt(NORTH, 19, "onbekend of er contact gewenst is", "oso-advies",
         _drop("advies.contactnodig", "advies.contactpersoon", "advies.contacttelefoon", "advies.contactemail")),
    # What is told of dossiers that wait already
    Dirt(NORTH, 12, "huisnummer 'zeventien'", "waarde-onwaarschijnlijk",
         _set_in("leerling.adressen", 0, "nummer", "zeventien")),
    Dirt(NORTH, 14, "arts van wie niet bekend is of hij de huisarts is", "arts-soort-onbekend",
         _add("zorg.artsen", achternaam="Specialist"), supplement=None),
    Dirt(NORTH, 14, "arrangement 'niet van toepassing'", "arrangement-geen",
         _add("zorg.arrangementen", datum="2024-02-01", soort="Nvt"), supplement=None),
    Dirt(NORTH, 14, "twee ontwikkelingsperspectieven waarvan niet te zien is welk geldt", "voorkomen-niet-te-kiezen",
         _two_perspectives_alike, supplement=None),
    Dirt(NORTH, 14, "verzuim waarvan alleen het begin bekend is", "verzuim-periode", _drop("verzuim.einddatum"),
         supplement=None),
    # School Oost: an old pupil administration
    Dirt(EAST, 1, "geslacht volgens EDEX (1) in plaats van BRON (M)", "code-onbekend", _set("leerling.geslacht", "1")),
    Dirt(EAST, 2, "leerlinggewicht 0,25 van de regeling tot 2006", "code-onbekend", _set("leerling.gewicht", "0,25")),
    Dirt(EAST, 3, "adviescode 28, vervallen in 2014", "advies-vervallen-2014", _set("advies.code", "28")),
    Dirt(EAST, 3, "daardoor zonder schooladvies, dat de wet vraagt", "wet-vereist"),
    Dirt(EAST, 3, "kind van zes jaar in een overstap naar het voortgezet onderwijs", "leeftijd-past-niet",
         _set("leerling.geboortedatum", "01-05-2019")),
    Dirt(EAST, 3, "inzagedatum 1925 in de aanvulling", "aanvulling-onwaarschijnlijk",
         supplement={"inzage/inzagedatum": "01-02-1925"}),
    Dirt(EAST, 3, "opmaak midden in de roepnaam", "tekst-onderbroken", xml=("</Roepnaam>", "<b>x</b></Roepnaam>")),
    Dirt(EAST, 4, "onvolledige geboortedatum 00-00-2012", "datum-onvolledig",
         _set("leerling.geboortedatum", "00-00-2012")),
    Dirt(EAST, 5, "toets op 31-02-2025", "datum-onleesbaar", _set_in("toetsen", 0, "afnamedatum", "31-02-2025")),
    Dirt(EAST, 6, "BSN dat niet aan de elfproef voldoet", "pgn-elfproef", _set("leerling.bsn", "999900001")),
    Dirt(EAST, 7, "BSN van acht cijfers dat ook met een nul ervoor niet klopt", "pgn-elfproef",
         _set("leerling.bsn", "99990000")),
    Dirt(EAST, 8, "voorvoegsel achter de achternaam: \"Berg, van den\"", REPAIRED, _name_with_tail),
    Dirt(EAST, 9, "vaardigheidsscore 'hoog'", "getal-onleesbaar", _set_in("toetsen", 0, "vaardigheidsscore", "hoog")),
    Dirt(EAST, 10, "standaardscore 5350 bij de eindtoets", "getal-buiten-bereik", _final_test),
    Dirt(EAST, 10, "toetsadvies van meer dan 1024 tekens bij dezelfde eindtoets", "tekst-te-lang", _long_advice),
    Dirt(EAST, 11, "medicijngebruik 'misschien'", "ja-nee-onleesbaar", _set("zorg.medicijngebruik", "misschien")),
    Dirt(EAST, 12, "diagnosecode die OSO niet kent", "code-niet-in-lijst",
         _add("zorg.diagnoses", code="X99", naam="Onbekende code")),
    Dirt(EAST, 13, "lwoo dat niet op 31 juli eindigt", "vorm-onjuist", _lwoo),
    Dirt(EAST, 14, "twee ontwikkelingsperspectieven, OSO 2019.1 heeft plaats voor een", "te-veel-voorkomens",
         _two_perspectives),
    Dirt(EAST, 15, "toetsafnemer bij een instelling en bij een school", "keuze-een-van", _two_employers),
    Dirt(EAST, 16, "roepnaam twee keer, verschillend", "veld-dubbel",
         xml=("</Roepnaam>", "</Roepnaam>\n      <Roepnaam>Robin</Roepnaam>")),
    Dirt(EAST, 17, "element dat het bronprofiel niet kent", "veld-onbekend",
         xml=("<Loopbaan>", "<Sportclub>Voetbalvereniging Voorbeeld</Sportclub>\n      <Loopbaan>")),
    Dirt(EAST, 18, "leerling zonder achternaam", "leerling-zonder-naam", _drop("leerling.achternaam")),
    Dirt(EAST, 19, "dezelfde leerling staat ook in de export van school Noord", "leerling-dubbel"),
    Dirt(EAST, 20, "pleegvader: voor deze relatie is geen OSO-code bekend", "code-onbekend",
         _set_in("verzorgers", 0, "relatie", "pleegvader")),
    # School Zuid: EDEXML, basic administration only
    Dirt(SOUTH, 9, "de aanvulling noemt alleen de inzage; adres, ouders en advies ontbreken", "oso-regel",
         supplement={"leerling.adressen[1].straat": "", "verzorgers[1].achternaam": "", "advies.code": ""}),
    Dirt(SOUTH, 10, "geen rij in de aanvulling", "oso-regel", supplement=None),
    Dirt(SOUTH, 11, "verwijzing naar een groep die er niet is", "verwijzing-onbekend", _set("leerling.groep", "9Z")),
    Dirt(SOUTH, 12, "leerling met alleen een roepnaam", "leerling-zonder-naam",
         _drop("leerling.achternaam", "leerling.voorvoegsel", "leerling.voornamen", "leerling.voorletters"),
         supplement=None),
    Dirt(SOUTH, 13, "etniciteit en land van herkomst", "wet", _origin, stays="leerling.etniciteit"),
    Dirt(SOUTH, 14, "gewicht '?': de export zegt zelf dat het onbekend is", "onbekend", _set("leerling.gewicht", "?"),
         stays="leerling.gewicht"),
    Dirt(SOUTH, 15, "gewicht 0,3 met een komma", REPAIRED, _set("leerling.gewicht", "0,3")),
    # School West: no BRIN
    Dirt(WEST, 1, "export zonder BRIN, alleen met een eigen schoolsleutel", "school-onbekend", supplement=None),
    # The college: secondary education
    Dirt(COLLEGE, 1, "twee cijfers voor een vak (bij VOVO)", "keuze-een-van", _two_marks, transfer="VOVO"),
    Dirt(COLLEGE, 2, "toestemming 'Nee' in de aanvulling", "toestemming-geweigerd",
         supplement={"inzage/toestemming": "Nee"}),
    Dirt(COLLEGE, 3, "toestemming 'Onbekend': genoeg voor POVO, niet voor VOVO", "toestemming-geweigerd",
         supplement={"inzage/toestemming": "Onbekend"}, transfer="VOVO"),
    Dirt(COLLEGE, 4, "toestemming niet ingevuld (bij VOVO verplicht)", "oso-regel",
         supplement={"inzage/toestemming": ""}, transfer="VOVO"),
    Dirt(COLLEGE, 4, "achternaam 'Berg, van den' met het voorvoegsel 'de'", "naam-tegenstrijdig", _two_prefixes),
    Dirt(COLLEGE, 4, "leerling van het voortgezet onderwijs in een overstap van po naar vo", "groep-past-niet"),
    Dirt(COLLEGE, 5, "leerling zonder achternaam", "leerling-zonder-naam", _drop("leerling.achternaam")),
    # A school that the register does not have
    Dirt(STRANGER, 1, "school die niet in scholen.csv staat", "school-niet-in-register"),
    Dirt(STRANGER, 2, "aanleverpunt ontbreekt daardoor", "oso-schema"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class DoubtfulRow:
    """A row of the supplement that is not right, and the finding that it gives."""

    what: str
    result: str
    cells: dict[str, str]


_GIVEN = {"inzage/inzage": "ja", "inzage/inzagedatum": "02-06-2025", "inzage/akkoord": "Ja", "inzage/toestemming": "Ja"}
_REFUSED = {"brin": "99XA", "vestiging": "00", "leerlingid": "10011"}  # pupil 12 of school Noord, whose parents said no
DOUBTFUL_ROWS = (
    DoubtfulRow("leerling die in geen export staat", "aanvulling-onbekende-leerling",
                {"brin": "99XA", "leerlingid": "99999", **_GIVEN}),
    DoubtfulRow("vestiging die deze school niet heeft", "aanvulling-onbekende-leerling",
                {"brin": "99XA", "vestiging": "07", "leerlingid": "10001", **_GIVEN}),
    DoubtfulRow("toestemming voor een hele school", "toestemming-voor-hele-school",
                {"brin": "99ZX", "vestiging": "00", **_GIVEN}),
    DoubtfulRow("nummer dat twee leerlingen hebben", "aanvulling-meer-leerlingen",
                {"brin": "99ZX", "leerlingid": "3", **_GIVEN}),
    DoubtfulRow("nummer en naam van verschillende leerlingen", "aanvulling-leerling-tegenstrijdig",
                {**_REFUSED, "achternaam": "Iemand", "geboortedatum": "01-01-2012", "leerling.roepnaam": "Bo"}),
    DoubtfulRow("toestemming 'Ja' naast een eerdere 'Nee', en een antwoord dat niet te lezen is",
                "toestemming-tegenstrijdig", {**_REFUSED, "inzage/akkoord": "liever niet", "inzage/toestemming": "Ja"}),
    DoubtfulRow("een antwoord van de ouders dat niet te lezen is", "toestemming-onleesbaar",
                {**_REFUSED, "inzage/akkoord": "liever niet", "leerling.roepnaam": "Bo"}),
    DoubtfulRow("een andere roepnaam dan de regel erboven", "aanvulling-dubbel",
                {**_REFUSED, "leerling.roepnaam": "Bobbie"}),
)  # fmt: skip
