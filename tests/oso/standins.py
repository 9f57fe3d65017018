"""Official files as they really are laid out, in our own words: made for tests from what dod2oso itself knows.

Same folders, names, include, output form and form of the code lists as the public files have; the rules are our own
declarations put into XPath 2.0, so that the verdict of a stand-in is worked out by another engine. A version under
another name (`renamed`) makes official files of a year that does not exist yet.
"""

import re
from xml.sax.saxutils import escape, quoteattr

from dod2oso.oso.codelists import codes, in_force
from dod2oso.oso.rules import loading
from dod2oso.oso.rules.declared import CodelistFile, CodePlace
from dod2oso.oso.rules.drafts import load
from dod2oso.oso.rules.expression import And, Expression, Not, Or, Path, Test, Then
from dod2oso.oso.rules.model import Rule
from dod2oso.oso.schema import xsd_bytes
from dod2oso.oso.versions import version

_HEAD = """<?xml version="1.0" encoding="UTF-8"?>
<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform" xmlns:od="{namespace}"
    xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns="{messages}" exclude-result-prefixes="od xs">
"""
_TAIL = "</xsl:stylesheet>\n"
_MAIN = """<xsl:output method="xml" encoding="UTF-8"/>
{include}
<xsl:template match="/">
  <meldingen><xsl:call-template name="gegevensset"/><xsl:apply-templates select="." mode="profiel"/></meldingen>
</xsl:template>
<xsl:template match="/" mode="profiel">
{rules}
</xsl:template>
<xsl:template match="od:dossier/od:metadata" mode="versie">
{fixed}
</xsl:template>
<xsl:template name="melding">
  <xsl:param name="tekst"/>
  <melding><type>Fout</type><locatie><xsl:call-template name="plek"/></locatie>
    <tekst><xsl:value-of select="$tekst"/></tekst></melding>
</xsl:template>
<xsl:template name="plek"><xsl:if test="not(self::*)">/[1]</xsl:if>
  <xsl:for-each select="ancestor-or-self::*"
    >/<xsl:value-of select="local-name()"/>[<xsl:value-of
    select="count(preceding-sibling::*[node-name(.) = node-name(current())]) + 1"/>]</xsl:for-each></xsl:template>
"""
SPEAK = '<xsl:call-template name="melding"><xsl:with-param name="tekst" select={text}/></xsl:call-template>'


def files(name: str, xsd: bytes | None = None) -> dict[str, bytes]:
    """The official files of a version as in the public repository, links followed; `xsd`: instead of ours."""
    schema = xsd_bytes(name) if xsd is None else xsd
    if name in ("1.1.1", "1.2.2"):
        return {"Overstapdossier.xsd": schema, "ValideerOverstapdossier.xsl": single(name)}
    if name == "2016.1":
        return {"OSO_gegevensset.xsd": schema, "ValideerOSOprofielen.xsl": single(name)}
    shared = module(name)
    found = {"common/OSO_gegevensset.xsd": schema, "common/ValideerOSOgegevensset.xsl": shared}
    for folder, sheet, layer in (
        ("OV", "ValideerOverstapprofielen.xsl", "ov"),
        ("PaO", "ValideerSwvPaO-profielen.xsl", "swv"),
    ):
        include = f"include/ValideerOSOgegevensset_{name}.xsl"
        found[f"{folder}/OSO_gegevensset_{name}.xsd"] = schema
        found[f"{folder}/{include}"] = shared
        found[f"{folder}/{sheet}"] = main(name, layer, f'<xsl:include href="{include}"/>')
    return found


def renamed(found: dict[str, bytes], old: str, new: str) -> dict[str, bytes]:
    """The same files for another version name, such as 2031.1: in namespaces, fixed values and file names."""
    year, fresh = old.split(".")[0], new.split(".")[0]
    made = {}
    for file, data in found.items():
        text = data.decode().replace(f"gegevensset/{year}/", f"gegevensset/{fresh}/").replace(f"{old}.1", f"{new}.1")
        made[file.replace(old, new)] = text.replace(f"'{old}'", f"'{new}'").replace(f"_{old}.", f"_{new}.").encode()
    return made


def main(name: str, layer: str, include: str = "", extra: str = "") -> bytes:
    """The stylesheet of one layer; `extra`: templates that stand in it besides."""
    rules = "\n".join(_rule(rule, name, layer) for rule in loading.rules(name, layer) if rule.layer == layer)
    known = version(name)
    fixed = {"standaardversie": known.standaardversie, "validatieversie": known.validatieversie}
    tests = [f"""<xsl:if test="not(od:{key}='{value}')"/>""" for key, value in fixed.items() if value]
    body = _MAIN.format(include=include, rules=rules, fixed="\n".join(tests))
    return (_head(name) + body + extra + _TAIL).encode()


def single(name: str) -> bytes:
    """The one stylesheet of the versions before 2017.1."""
    return main(name, "ov", extra=_gegevensset(name))


def module(name: str) -> bytes:
    """What the main stylesheets include; it calls their templates, so it does not compile alone."""
    return (_head(name) + _gegevensset(name) + _TAIL).encode()


def _head(name: str) -> str:
    namespace = version(name).namespace
    return _HEAD.format(namespace=namespace, messages=namespace.replace("/dossier", "/schemas/Meldingen"))


def _gegevensset(name: str) -> str:
    others = [rule for rule in loading.rules(name, "ov") if rule.layer == "gegevensset"]
    rules = [_rule(rule, name, "ov") for rule in others if not rule.key.startswith("codelijst-")]
    return '<xsl:template name="gegevensset">\n' + "\n".join([*code_lists(name), *rules]) + "\n</xsl:template>\n"


def code_lists(name: str) -> list[str]:
    """The blocks of the code lists of one version, one per field, in the form of the public files."""
    _, declared = load("codelijsten", CodelistFile)
    blocks = []
    for number, places in declared.places.items():
        if not in_force(int(number), name):
            continue
        good = sorted(codes(int(number), name))
        for one in places:
            place = CodePlace(at=f"all */{one}") if isinstance(one, str) else one
            if not place.covers(name):
                continue
            steps = place.at.removeprefix("all ").removeprefix("*/") if place.at != "document" else ""
            steps = steps or f"metadata/{place.element}"
            path = "/".join(f"od:{step}" for step in steps.split("/"))
            test = " and ".join(f"not(text()='{code}')" for code in good)
            said = f"De waarde van {steps.rpartition('/')[2]} komt niet voor in de codelijst."
            blocks.append(
                f'<xsl:for-each select="/descendant::*/{path}">\n'
                f"  <xsl:if test={quoteattr(test)}>{_speak(said)}</xsl:if>\n</xsl:for-each>"
            )
    return blocks


def _speak(text: str) -> str:
    return SPEAK.format(text=quoteattr("'" + text.replace("'", "’") + "'"))


def _rule(rule: Rule, name: str, layer: str) -> str:
    """One rule as an xsl:if at its place."""
    number = f"{rule.official}: " if rule.official else ""
    inner = f"<xsl:if test={quoteattr(_xpath(rule.fires, name))}>{_speak(number + rule.message.nl)}</xsl:if>"
    if rule.place.kind == "document":
        return f'<xsl:for-each select="/">{inner}</xsl:for-each>'
    for steps, visited in ((rule.place.steps, rule.place.kind == "visit"), (rule.place.each, True)):
        if steps:
            stops = "".join(_below(stop) for stop in loading.basis(name).stops[layer]) if visited else ""
            inner = f"<xsl:for-each select={quoteattr(_everywhere(steps) + stops)}>{inner}</xsl:for-each>"
    return inner


def _below(stop: tuple[str, ...]) -> str:
    above = "".join(f"[parent::od:{step}" for step in reversed(stop[:-1])) + "]" * (len(stop) - 1)
    return f"[not(ancestor::od:{stop[-1]}{above})]"


def _everywhere(steps: tuple[str, ...]) -> str:
    first, *rest = ("*" if step == "*" else f"od:{step}" for step in steps)
    return "/".join([f"/descendant::{first}", *rest])


def _path(path: Path) -> str:
    if path.doc:
        return _everywhere(path.steps)
    return "/".join(f"od:{step}" for step in path.steps) or "."


def _xpath(fires: Expression, name: str) -> str:
    match fires:
        case Test():
            return _test(fires, name)
        case Not(part):
            return f"not({_xpath(part, name)})"
        case Then(first, second):
            return _xpath(And((first, second)), name)
        case And(parts):
            return " and ".join(f"({_xpath(part, name)})" for part in parts) or "true()"
        case Or(parts):
            return "(" + " or ".join(f"({_xpath(part, name)})" for part in parts) + ")"


def _test(test: Test, name: str) -> str:
    path, value = _path(test.path), f"'{test.value}'"
    first = f"string(({path})[1])"
    match test.function:
        case "exists":
            return f"exists({path})"
        case "absent":
            return f"not(exists({path}))"
        case "true":
            return f"normalize-space({first}) = ('true', '1')"
        case "has" | "text":
            return f"{path}/text()={value}"
        case "val":
            return f"{path}={value}"
        case "str":
            return f"{first}={value}"
        case "len":
            return f"string-length({first}) {test.op} {test.value}"
        case "contains":
            return f"contains({first}, {value})"
        case "search" | "search1":
            pattern = str(test.value).replace("\\Z", "$").replace("'", "''").replace("{", "{").replace("~.-", "~.\\-")
            there = f"exists({path}) and " if test.function == "search" else ""
            return f"({there}matches({first}, '{pattern}'))"
        case "in_list":
            allowed = ", ".join(f"'{code}'" for code in sorted(codes(int(test.value), name)))
            return f"{path}/text()=({allowed})"
        case "before":
            day = "string((/descendant::od:metadata/od:datum)[1])"
            year = f"number(substring({day}, 1, 4)) - (if (number(substring({day}, 6, 2)) ge 8) then 2 else 3)"
            return f"{path}[substring(string(.), 1, 10) lt concat({year}, '-08-01')]"
    raise AssertionError(test.function)


def messages(text: bytes) -> list[str]:
    """The texts in the output of a stand-in."""
    return [escape(found) for found in re.findall(r"<tekst>(.*?)</tekst>", text.decode(), re.DOTALL)]
