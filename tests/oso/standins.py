"""Stand-ins of the official technical files, in our own words: built like the real ones, from our own facts.

Layout, links, include, form of the output and of the code lists are those of the public files; the texts are ours,
and the XSD is the one that dod2oso generates. What the stylesheets judge is written out from the rules of dod2oso as
XSLT 2.0, so that their verdict can be held against the checker that is tested, through another processor and another
language.
"""

import io
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path as FilePath
from xml.sax.saxutils import escape, quoteattr

from dod2oso.base.texts import Text
from dod2oso.oso.bundles.add import Added
from dod2oso.oso.bundles.add import add as add_files
from dod2oso.oso.codelists import codes
from dod2oso.oso.rules.expression import And, Expression, Not, Or, Path, Test, Then
from dod2oso.oso.rules.loading import basis, rules
from dod2oso.oso.rules.model import Rule
from dod2oso.oso.schema import xsd_bytes
from dod2oso.oso.versions import version as oso_version
from dod2oso.source.tabular.sheets import sheet_texts

XSLT = "http://www.w3.org/1999/XSL/Transform"
MODULE = "ValideerOSOgegevensset"
LINK_MODE = 0o120777 << 16  # in the external attributes of a ZIP member
SPLIT = ("2017.1", "2018.1", "2019.1")


@cache
def files(version: str, xsd: bytes | None = None) -> Mapping[str, bytes]:
    """The technical files of a version by their path, links followed: as in the ZIPs of the website, unpacked
    together.
    """
    schema = xsd or xsd_bytes(version)
    if version not in SPLIT:
        old = version in ("1.1.1", "1.2.2")
        names = ("Overstapdossier.xsd", "ValideerOverstapdossier.xsl") if old else (
            "OSO_gegevensset.xsd",
            "ValideerOSOprofielen.xsl",
        )  # fmt: skip
        return {names[0]: schema, names[1]: _whole(version)}
    module = f"{MODULE}_{version}.xsl"
    made = {}
    for part, layer, sheet in _PARTS:
        made[f"{part}/OSO_gegevensset_{version}.xsd"] = schema
        made[f"{part}/{sheet}"] = _main(version, layer, f"include/{module}")
        made[f"{part}/include/{module}"] = _module(version)
    return made


_PARTS = (("OV", "ov", "ValideerOverstapprofielen.xsl"), ("PaO", "swv", "ValideerSwvPaO-profielen.xsl"))


def part(version: str, name: str) -> dict[str, bytes]:
    """What one of the two ZIPs of the website holds (`OV` or `PaO`), with the extra files that come along."""
    found = {
        path.removeprefix(f"{name}/"): data for path, data in files(version).items() if path.startswith(f"{name}/")
    }
    return {**found, f"release notes {name}.txt": b"Wat er veranderde.", "examples/voorbeeld.xml": b"<dossier/>"}


def checkout(version: str) -> tuple[dict[str, bytes], dict[str, str]]:
    """The public repository: files, and links (path -> what they point to, relative)."""
    if version not in SPLIT:
        return {**files(version), "README.md": b"lees mij", ".gitignore": b"*.bak"}, {}
    found = dict(files(version))
    links = {}
    for folder, _, _ in _PARTS:
        xsd, module = f"{folder}/OSO_gegevensset_{version}.xsd", f"{folder}/include/{MODULE}_{version}.xsl"
        found["common/OSO_gegevensset.xsd"] = found.pop(xsd)
        found[f"common/{MODULE}.xsl"] = found.pop(module)
        links[xsd] = "../common/OSO_gegevensset.xsd"
        links[module] = f"../../common/{MODULE}.xsl"
    found |= {"README.md": b"lees mij", "release notes.txt": b"Wat er veranderde."}
    return found, links


def add(source: FilePath) -> tuple[list[Added], list[Text]]:
    """As `dod2oso bundle add` takes files in."""
    return add_files(source, sheet_texts)


def write(
    folder: FilePath, members: Mapping[str, bytes], links: Mapping[str, str] | None = None, *, text: bool = False
) -> None:
    """Lay files on disk; links as symbolic links, or (`text`: a checkout on Windows) as small text files."""
    for name, data in members.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    for name, target in (links or {}).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if text:
            path.write_text(target)
        else:
            path.symlink_to(target)


def zipped(members: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> bytes:
    """A ZIP; links as members with the link bit, as git writes them."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        for name, target in (links or {}).items():
            member = zipfile.ZipInfo(name)
            member.create_system, member.external_attr = 3, LINK_MODE
            archive.writestr(member, target)
    return buffer.getvalue()


# --- the stylesheets ---


def _whole(version: str) -> bytes:
    body = _layer_rules(version, "ov", "gegevensset") + _layer_rules(version, "ov", "ov")
    return _sheet(version, [*_calls("gegevensset"), *_calls("ov")], body)


def _main(version: str, layer: str, include: str) -> bytes:
    return _sheet(version, [*_calls("gegevensset"), *_calls(layer)], _layer_rules(version, layer, layer), include)


def _calls(layer: str) -> list[str]:
    return [f'<xsl:call-template name="{layer}"/>']


def _module(version: str) -> bytes:
    return _document(version, _layer_rules(version, "ov", "gegevensset")).encode()


def _sheet(version: str, calls: Iterable[str], body: str, include: str = "") -> bytes:
    included = f'<xsl:include href="{include}"/>\n' if include else ""
    spot = f"http://www.edustandaard.nl/oso_gegevensset/{_year(version)}/schemas/Meldingen"
    return _document(
        version,
        f"""{included}<xsl:template match="/">
  <meldingen xmlns="{spot}">{"".join(calls)}</meldingen>
</xsl:template>
<xsl:template name="melding">
  <xsl:param name="tekst"/>
  <melding xmlns="{spot}"><type>Fout</type><locatie><xsl:choose>
    <xsl:when test="self::*"><xsl:for-each select="ancestor-or-self::*"
      >/<xsl:value-of select="local-name()"/>[<xsl:value-of
      select="1 + count(preceding-sibling::*[node-name(.) = node-name(current())])"/>]</xsl:for-each></xsl:when>
    <xsl:otherwise>/[1]</xsl:otherwise></xsl:choose></locatie>
    <tekst><xsl:value-of select="$tekst"/></tekst></melding>
</xsl:template>
{body}""",
    ).encode()


def _document(version: str, body: str) -> str:
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<xsl:stylesheet version="2.0" xmlns:xsl="{XSLT}" xmlns:xs="http://www.w3.org/2001/XMLSchema"
    xmlns:od="{oso_version(version).namespace}" exclude-result-prefixes="xs od">
<xsl:output method="xml" encoding="UTF-8"/>
{body}
</xsl:stylesheet>"""


def _year(version: str) -> str:
    return oso_version(version).namespace.rstrip("/").split("/")[-2]


def _layer_rules(version: str, layer: str, own: str) -> str:
    """A named template that makes all rules of one layer speak; rules on the metadata stand in a template of their
    own.
    """
    stops = basis(version).stops[layer]
    groups: dict[tuple[str, bool], list[Rule]] = defaultdict(list)
    for rule in rules(version, layer):
        if rule.layer == own:
            on_metadata = (
                rule.place.kind == "visit" and rule.place.steps == ("dossier", "metadata") and not rule.place.each
            )
            groups[_select(rule, stops), on_metadata].append(rule)
    calls, templates = [], []
    for (select, on_metadata), found in groups.items():
        body = "".join(_rule(rule, version) for rule in found)
        if on_metadata:
            calls.append(f"<xsl:apply-templates select={quoteattr(select)}/>")
            templates.append(f'<xsl:template match="od:dossier/od:metadata">{body}</xsl:template>')
        elif select == "/":
            calls.append(f'<xsl:for-each select="/">{body}</xsl:for-each>')
        else:
            calls.append(f"<xsl:for-each select={quoteattr(select)}>{body}</xsl:for-each>\n")
    return f'<xsl:template name="{own}">{"".join(calls)}</xsl:template>\n' + "\n".join(templates)


def _select(rule: Rule, stops: list[tuple[str, ...]]) -> str:
    place = rule.place
    if place.kind == "document":
        return "/"
    here = _steps(place.steps)
    if codes_of(rule) is not None:  # this one form in every official stylesheet
        here = "/descendant::*/" + "/".join(f"od:{step}" for step in place.steps if step != "*")
    if place.kind == "visit":
        return here + _reached(stops)
    if place.each:  # once for every visited element: a sequence with repeats, not a set of nodes
        return f"for $each in {_steps(place.each)}{_reached(stops)} return {here}"
    return here


def _steps(steps: tuple[str, ...]) -> str:
    names = "/".join(step if step == "*" else f"od:{step}" for step in steps)
    return f"/descendant::{names}"


def _reached(stops: list[tuple[str, ...]]) -> str:
    """Not below an element where the official walk stops."""
    if not stops:
        return ""
    above = []
    for stop in stops:
        parents = "".join(f"[parent::od:{name}]" for name in stop[:-1])
        above.append(f"ancestor::od:{stop[-1]}{parents}")
    return f"[not({' or '.join(above)})]"


def _rule(rule: Rule, version: str) -> str:
    test = _code_test(rule, version) or _xpath(rule.fires, version)
    return (
        f'<xsl:if test={quoteattr(test)}><xsl:call-template name="melding"><xsl:with-param name="tekst">'
        f"{escape(rule.message.nl)}</xsl:with-param></xsl:call-template></xsl:if>"
    )


def _code_test(rule: Rule, version: str) -> str:
    """The form of every official code list: none of the codes."""
    number = codes_of(rule)
    if number is None:
        return ""
    return " and ".join(f"not(text()={_quoted(code)})" for code in sorted(codes(number, version)))


def codes_of(rule: Rule) -> int | None:
    """The code list that a rule holds its own element against."""
    match rule.fires:
        case And((Not(Test("in_list", Path(()), _, int(number))),)):
            return number
        case _:
            return None


def _xpath(expression: Expression, version: str) -> str:
    match expression:
        case And(()):
            return "true()"
        case And(parts):
            return "(" + " and ".join(_xpath(part, version) for part in parts) + ")"
        case Or(parts):
            return "(" + " or ".join(_xpath(part, version) for part in parts) + ")"
        case Not(part):
            return f"not({_xpath(part, version)})"
        case Then(first, second):
            return f"(if ({_xpath(first, version)}) then {_xpath(second, version)} else false())"
        case Test():
            return _test(expression, version)


def _test(test: Test, version: str) -> str:
    path = _path(test.path)
    value = _quoted(str(test.value))
    match test.function:
        case "exists":
            return f"exists({path})"
        case "absent":
            return f"empty({path})"
        case "true":
            return f"(if (empty({path})) then false() else xs:boolean(string(exactly-one({path}))))"
        case "text":
            return f"{path}/text()={value}"
        case "val":
            return f"{path}={value}"
        case "str":
            return f"(exists({path}) and string(exactly-one({path}))={value})"
        case "len":
            return f"string-length(string(zero-or-one({path}))) {test.op} {test.value}"
        case "contains":
            return f"contains(string(zero-or-one({path})), {value})"
        case "search":
            return f"(exists({path}) and matches(string(zero-or-one({path})), {_pattern(str(test.value))}))"
        case "search1":
            return f"matches(string(zero-or-one({path}/text())), {_pattern(str(test.value))})"
        case "in_list":
            listed = ", ".join(_quoted(code) for code in sorted(codes(int(test.value), version)))
            return f"{path}/text()=({listed})"
        case "before":
            above, date = test.path.steps
            day = f"xs:date(string(exactly-one({_path(basis(version).day)})))"
            august = f"xs:date(concat(string(year-from-date({day})), '-08-01'))"
            start = f"xs:date(concat(string(year-from-date({day}) - (if ({day} lt {august}) then 3 else 2)), '-08-01'))"
            return f"(some $a in od:{above} satisfies xs:date(string(exactly-one($a/od:{date}))) lt {start})"
        case other:
            raise AssertionError(other)


def _path(path: Path) -> str:
    if path.doc:
        return _steps(path.steps)
    return "/".join(f"od:{step}" for step in path.steps) or "."


def _pattern(text: str) -> str:
    return _quoted(text.replace("\\Z", "$"))


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def renamed(found: Mapping[str, bytes], old: str, new: str) -> dict[str, bytes]:
    """The same files for a version of another year, such as 2031.1: in namespaces, fixed values and file names."""
    made = {}
    for file, data in found.items():
        text = data.decode().replace(f"gegevensset/{old.split('.')[0]}/", f"gegevensset/{new.split('.')[0]}/")
        for before, after in ((f"{old}.1", f"{new}.1"), (f"'{old}'", f"'{new}'"), (f"_{old}.", f"_{new}.")):
            text = text.replace(before, after)
        made[file.replace(old, new)] = text.encode()
    return made


def made_up(new: str = "2031.1", old: str = "2019.1") -> dict[str, bytes]:
    """Official files of a version that does not exist: one element added, one renamed, one code list changed."""
    found = renamed(files(old), old, new)
    for name, data in found.items():
        if name.endswith(".xsd"):
            found[name] = _made_up_schema(data.decode()).encode()
        else:
            found[name] = data.replace(b"not(text()='e-mail') and", b"not(text()='app') and not(text()='e-mail') and")
    return found


def _made_up_schema(text: str) -> str:
    at = text.index('<xs:element name="aandachtspunten"')
    end = text.index("/>", at) + 2
    renamed_element = text[at:end].replace("aandachtspunten", "bijzonderheden")
    added = '<xs:element name="doorstroomtoets" type="xs:string" minOccurs="0"/>'
    return text[:at] + renamed_element + added + text[end:]
