"""The words of aanvulling.xlsx."""

from typing import NamedTuple


class Texts(NamedTuple):
    """All words of the workbook in one language; `yes_no` is Dutch in both, for that is what is read back."""

    sheet: str
    lists: str  # the hidden sheet with the drop-down lists
    confidential: str
    explanation: tuple[str, ...]
    title: str
    how: str
    fixed: tuple[str, ...]  # the columns before those to fill in
    whole_school: str
    unknown: str  # a school without BRIN or location
    wrong: str
    helps: dict[str, str]
    yes_no: tuple[str, ...] = ("ja", "nee")


TEXTS = {
    "nl": Texts(
        sheet="Uitleg",
        lists="Lijsten",
        confidential="VERTROUWELIJK: persoonsgegevens van leerlingen",
        explanation=(
            "Dit bestand vraagt precies wat nog ontbreekt om dossiers over te dragen (OSO {oso}, overstap {overstap}).",
            "1. Elk tabblad is een school (BRIN en vestiging). Elke rij is een leerling; de eerste rij kan over de "
            "hele school gaan.",
            "2. Vul alleen de gele cellen in. Grijze cellen zijn bij die leerling niet nodig.",
            "3. Weet u iets niet? Laat de cel leeg. Vul nooit iets in wat niet is vastgesteld: zeker bij inzage, "
            "akkoord en toestemming telt alleen wat de ouders echt hebben gezegd.",
            "4. Verplaats geen kolommen en verander de rij met de kleine grijze namen niet: daaraan herkent dod2oso de "
            "kolommen.",
            "5. Sla op en geef het bestand terug: dod2oso run … --supplement aanvulling.xlsx. Eerdere aanvullingen "
            "tellen vanzelf weer mee, zolang zij blijven staan; alleen de "
            "dossiers waarvoor iets veranderd is, worden opnieuw omgezet.",
            "6. Bewaar en verstuur dit bestand alleen versleuteld, binnen de kring die deze gegevens mag zien, en "
            "verwijder kopieën ervan na gebruik.",
            "Run: {run}",
        ),
        title="aanvulling voor school {school}",
        how="Vul alleen de gele cellen in. Een lege cel zegt niets.",
        fixed=(
            "Wat er nog nodig is", "BRIN", "Vestiging", "Leerlingnummer", "Sleutel", "Nummer in het dossier", "Naam",
            "Geboren",
        ),
        whole_school="Voor de hele school, een keer",
        unknown="onbekend",
        wrong="Dit past hier niet",
        helps={
            "date": "datum, zoals 31-12-2024",
            "boolean": "kies ja of nee",
            "code": "kies uit de lijst",
            "number": "een getal",
            "text": "",
        },
    ),
    "en": Texts(
        sheet="Explanation",
        lists="Lists",
        confidential="CONFIDENTIAL (VERTROUWELIJK): personal data of pupils",
        explanation=(
            "This file asks exactly what is still missing to transfer dossiers (OSO {oso}, transfer {overstap}).",
            "1. Every sheet is a school (BRIN and location). Every row is a pupil; the first row can be about the "
            "whole school.",
            "2. Fill in the yellow cells only. Grey cells are not needed for that pupil.",
            "3. Do you not know something? Leave the cell empty. Never fill in what was not established: for "
            "inspection, agreement and consent only what the parents really said counts.",
            "4. Do not move columns, and do not change the row with the small grey names: dod2oso knows the columns by "
            "them.",
            "5. Save, and give the file back: dod2oso run … --supplement aanvulling.xlsx. Earlier supplements "
            "count again by themselves, as long as they stay where they are; only the "
            "dossiers for which something changed are converted again.",
            "6. Keep and send this file only encrypted, among those who may see these data, and "
            "delete copies of it after use.",
            "Run: {run}",
        ),
        title="supplement for school {school}",
        how="Fill in the yellow cells only. An empty cell says nothing.",
        fixed=(
            "What is still needed", "BRIN", "Location", "Pupil number", "Key", "Number in the dossier", "Name", "Born",
        ),
        whole_school="For the whole school, once",
        unknown="unknown",
        wrong="This does not fit here",
        helps={
            "date": "a date such as 31-12-2024",
            "boolean": "choose ja (yes) or nee (no)",
            "code": "choose from the list",
            "number": "a number",
            "text": "",
        },
    ),
}  # fmt: skip
