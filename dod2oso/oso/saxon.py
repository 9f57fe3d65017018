"""Saxon (saxonche), with which official stylesheets run: locked in while it judges.

Stylesheets that say that they read elsewhere are refused before they are kept (bundles/recognise.py). This is the
second lock: once a stylesheet with all that it includes is compiled, its processor opens no file and no connection any
more, however the stylesheet asks for it.
"""

_PROTOCOLS = "http://saxon.sf.net/feature/allowedProtocols"


class Stylesheet:
    """One compiled stylesheet, with a processor of its own; saxonche.PySaxonApiError when it does not compile."""

    def __init__(self, path: str) -> None:
        import saxonche  # heavy, and an extra

        self._processor = saxonche.PySaxonProcessor(license=False)
        self._compiled = self._processor.new_xslt30_processor().compile_stylesheet(stylesheet_file=path)
        self._processor.set_configuration_property(_PROTOCOLS, "none")

    def transform(self, document: str) -> str:
        """What it makes of a document. Raises saxonche.PySaxonApiError when it stops."""
        made = self._compiled.transform_to_string(xdm_node=self._processor.parse_xml(xml_text=document))
        return made or ""
