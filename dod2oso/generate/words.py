"""Our own small word lists. Everything here is made up or an everyday Dutch word; no list of real people."""

SURNAMES: tuple[tuple[str, str], ...] = (
    ("", "Akkerman"), ("van den", "Berg"), ("", "Bloemhof"), ("van der", "Beek"), ("", "Dijkgraaf"), ("de", "Eikel"),
    ("", "Fluitekruid"), ("van", "Graswinkel"), ("", "Hazelaar"), ("", "IJsvogel"), ("de", "Kievit"), ("", "Klaproos"),
    ("van de", "Laan"), ("", "Leeuwerik"), ("", "Molenwiek"), ("", "Nachtegaal"), ("van 't", "Oever"), ("", "Populier"),
    ("", "Rietveen"), ("", "Roodborst"), ("ter", "Sluis"), ("", "Spreeuwenberg"), ("", "Tarwekamp"), ("", "Uiterwaard"),
    ("van der", "Vaart"), ("", "Vlierbes"), ("", "Waterlelie"), ("", "Wilgenroos"), ("de", "Zwaluw"), ("", "Zonnedauw"),
    ("ten", "Brink"), ("", "Appelhof"), ("", "Boterbloem"), ("op den", "Dam"), ("", "Eendenveld"), ("", "Goudvink"),
    ("van", "Heideveld"), ("", "Kastanje"), ("", "Lindeboom"), ("", "Madelief"), ("", "Paardenbloem"),
    ("", "Steenbreek"),
)  # fmt: skip
BOYS = (
    "Bram", "Daan", "Finn", "Gijs", "Hugo", "Jesse", "Koen", "Levi", "Mats", "Noud", "Otis", "Pim", "Ruben", "Sem",
    "Teun", "Youssef",
)  # fmt: skip
GIRLS = (
    "Anouk", "Bo", "Elin", "Fenna", "Guusje", "Iris", "Jet", "Lotte", "Maud", "Noor", "Olivia", "Puck", "Roos", "Saar",
    "Tess", "Yara",
)  # fmt: skip
SECOND_NAMES = ("", "", "Maria", "Johan", "Sophie", "Willem", "Hanna", "Jan")
STREETS = (
    "Dorpsstraat",
    "Korenbloemlaan",
    "Merelhof",
    "Molenweg",
    "Schoolpad",
    "Vlindersingel",
    "Wilgenlaan",
    "Zandpad",
)
TOWNS = (("Voorbeeldstad", "Voorbeeldstad"), ("Proefdorp", "Voorbeeldstad"), ("Oefenveen", "Oefenland"))
SCHOOLS = {
    "po": ("De Boomgaard", "Het Kompas", "De Regenboog", "De Vuurvlinder", "De Windroos", "Het Zonnewiel"),
    "vo": ("Rivierencollege", "Vaartcollege", "Lyceum De Poort"),
}
SUBJECTS = (
    ("RW", "Rekenen en wiskunde"), ("BL", "Begrijpend lezen"), ("SP", "Spelling"), ("TL", "Technisch lezen"),
    ("WS", "Woordenschat"), ("ST", "Studievaardigheden"),
)  # fmt: skip
TEST_PARTS = ("Deel 1", "Deel 2")
COURSES = (
    ("NETL", "Nederlands"),
    ("ENTL", "Engels"),
    ("WISA", "Wiskunde A"),
    ("GES", "Geschiedenis"),
    ("BIOL", "Biologie"),
)
ADVICE = ("22", "32", "34", "42", "44", "50", "52", "60", "61", "70")
ADVICE_REASON = (
    "De toetsresultaten zijn al jaren stabiel en passen bij dit advies.",
    "De werkhouding is goed; met rekenen is soms extra uitleg nodig.",
    "De leerling leest graag en werkt zelfstandig aan grotere opdrachten.",
)
ATTENTION = (
    "Heeft baat bij een vaste plek voor in de klas.",
    "Werkt graag samen en vraagt om hulp als dat nodig is.",
    "Heeft bij toetsen wat meer tijd nodig.",
)
OBSTACLES = ("Lezen kost veel tijd en energie.", "Raakt snel afgeleid in een drukke groep.")
STRENGTHS = ("Helpt andere kinderen graag.", "Denkt goed mee bij projecten.", "Is leergierig en nauwkeurig.")
GUIDANCE = ("Extra instructie rekenen in een kleine groep", "Begeleiding bij plannen en huiswerk")
BEHAVIOUR = (
    "Gaat prettig om met anderen, luistert goed en werkt met aandacht. Maakt huiswerk op tijd, houdt vol bij lastige "
    "taken en werkt zelfstandig. Vraagt om hulp als dat nodig is."
)
JUDGEMENTS = ("ruim voldoende", "voldoende", "goed", "matig")
