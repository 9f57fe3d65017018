"""Small technical files in the manner of official ones, made for tests: an XSD and stylesheets with three rules."""

import io
import zipfile

from dod2oso.oso.schema import xsd_bytes
from dod2oso.oso.versions import version

SHEET = """<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform"
    xmlns:svrl="http://purl.oclc.org/dsdl/svrl" xpath-default-namespace="{namespace}">
  {include}
  <xsl:template match="/">{body}</xsl:template>
</xsl:stylesheet>"""

PUPIL_PATH = "/*:dossier[namespace-uri()='x'][1]/*:huidigeschool[namespace-uri()='x'][1]/*:leerling[1]"

SVRL_OV = f"""<svrl:schematron-output><xsl:for-each select="//leerling[not(leerlingid)][//overstap = 'POVO']">
  <svrl:failed-assert location="{PUPIL_PATH}"><svrl:text>OVa.LL13: leerlingid ontbreekt bij
    <xsl:value-of select="achternaam"/></svrl:text></svrl:failed-assert>
</xsl:for-each></svrl:schematron-output>"""
MESSAGES_SWV = """<xsl:for-each select="//bsn | //onderwijsnummer">
  <xsl:message>PaO.LL12 geen bsn</xsl:message></xsl:for-each>"""
SHARED = """<svrl:schematron-output><xsl:call-template name="gemeen"/></svrl:schematron-output>"""
MODULE = """<xsl:stylesheet version="2.0" xmlns:xsl="http://www.w3.org/1999/XSL/Transform">
  <xsl:template name="gemeen"/></xsl:stylesheet>"""
STOPS = (
    "<xsl:value-of select=\"xs:boolean(string((//inzage/inzage)[1]))\" xmlns:xs='http://www.w3.org/2001/XMLSchema'/>"
)


def sheet(name: str, body: str, include: str = "") -> bytes:
    return SHEET.format(namespace=version(name).namespace, body=body, include=include).encode()


def files(name: str = "2019.1") -> dict[str, bytes]:
    """A complete bundle of one version."""
    include = '<xsl:include href="../gedeeld/basis.xsl"/>'
    return {
        "OSO/xsd/OSO_gegevensset.xsd": xsd_bytes(name),
        "OSO/xslt/Gegevensset.xsl": sheet(name, SHARED, include),
        "OSO/gedeeld/basis.xsl": MODULE.encode(),
        "OSO/xslt/Overstap.xslt": sheet(name, SVRL_OV),
        "OSO/xslt/PaO.xsl": sheet(name, MESSAGES_SWV),
        "OSO/leesmij.txt": b"niet nodig",
    }


def zipped(members: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()
