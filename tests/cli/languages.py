"""Words that any Dutch or English sentence has, to see that one does not stand where the other belongs.

Codes, file names, OSO terms, the meanings of official code lists and what is typed back (ja, nee) stay as they are.
"""

import re
from collections.abc import Iterable

# What has a hyphen, a slash or quotes at it is a name.
DUTCH = re.compile(
    r"(?<![\w./'-])(het|een|niet|van|voor|deze|dit|geen|wordt|worden|zijn|naar|bij|maar|ook|heeft|moet|alleen|uit|als|nog"
    r"|andere|waar|wie|welke|hoe|meer|leerlingen|dossiers? klaar|klaar|fouten|bestand|bestanden|onbekend"
    r"|gegevens)(?![\w/'-])",
    re.IGNORECASE,
)
ENGLISH = re.compile(
    r"(?<![\w./'-])(the|and|of|is not|are|this|that|these|which|with|from|has|have|must|only|not|what|where|should"
    r"|there|been|were|was|your|pupils?|file|files|unknown|values?|required|default|options?|usage|arguments)(?![\w/'-])",
    re.IGNORECASE,
)
OURS = ("VERTROUWELIJK",)  # said in both languages, for whoever finds the file
# Values of OSO itself, which stay Dutch in any language.
VALUES = re.compile(r"\b(Ja, Nee or Onbekend|ja or nee|also Onbekend|or Onbekend)\b")
# Dutch words that look English.
_BOTH = re.compile(r"\b(was|of)\b")


def dutch(texts: Iterable[str]) -> list[str]:
    """What of these texts is Dutch, and should be English."""
    plain = ((text, VALUES.sub("", text)) for text in texts)
    return sorted({text.strip()[:150] for text, rest in plain if DUTCH.search(rest) and not text.startswith(OURS)})


def english(texts: Iterable[str]) -> list[str]:
    """What of these texts is English, and should be Dutch."""
    return sorted({text.strip()[:150] for text in texts if ENGLISH.search(_BOTH.sub("", text))})
