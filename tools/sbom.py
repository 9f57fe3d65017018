"""dod2oso.cdx.json: the packages of the product as a CycloneDX bill of materials, out of requirements.lock.

`python -m tools.sbom` writes it again. It stands in the wheel too (`.dist-info/sboms`). It names no time and no
machine, so that the same lock gives the same bytes.
"""

import json
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5

from cyclonedx.contrib.license.factories import LicenseFactory
from cyclonedx.model import ExternalReference, ExternalReferenceType, HashAlgorithm, HashType, Property, XsUri
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentScope, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

from dod2oso import __version__
from tools.supply import BASE, LOCK, OURSELVES, ROOT, Package, judgements, locked, parts

FILE = ROOT / "dod2oso.cdx.json"


def document() -> str:
    """The bill of materials as JSON."""
    packages, licences = locked(), judgements().packages
    brought = parts(packages)
    product = [package for package in packages if package.name in brought]
    bom = Bom(serial_number=uuid5(NAMESPACE_URL, f"{__version__} {LOCK.read_text(encoding='utf-8')}"))
    licence = LicenseFactory()
    main = Component(
        name=OURSELVES, version=__version__, type=ComponentType.APPLICATION, bom_ref=OURSELVES,
        licenses=[licence.make_from_string("EUPL-1.2")], purl=PackageURL("pypi", None, OURSELVES, __version__),
    )  # fmt: skip
    bom.metadata.component = main
    made = {
        package: _component(package, brought[package.name], licence.make_from_string(licences[package.name].licence))
        for package in product
    }
    for component in made.values():
        bom.components.add(component)
    for package, component in made.items():
        for other in product:
            if package.name in other.wanted_by:
                bom.register_dependency(component, [made[other]])
        if OURSELVES in package.wanted_by:
            bom.register_dependency(main, [component])
        bom.register_dependency(component)
    written = json.loads(JsonV1Dot6(bom).output_as_string())
    del written["metadata"]["timestamp"]  # the only thing in it that the lock does not decide
    return json.dumps(written, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _component(package: Package, brought_by: set[str], licence: object) -> Component:
    purl = PackageURL("pypi", None, package.name, package.version)
    properties = [Property(name="dod2oso:part", value=part or "base") for part in sorted(brought_by)]
    if package.marker:
        properties.append(Property(name="dod2oso:marker", value=package.marker))
    return Component(
        name=package.name, version=package.version, type=ComponentType.LIBRARY, bom_ref=str(purl), purl=purl,
        scope=ComponentScope.REQUIRED if BASE in brought_by else ComponentScope.OPTIONAL, licenses=[licence],
        properties=properties,
        external_references=[
            ExternalReference(
                type=ExternalReferenceType.DISTRIBUTION, url=XsUri(str(purl)),
                hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in package.hashes],
            )
        ],
    )  # fmt: skip


def write(path: Path = FILE) -> None:
    """Write it where the wheel takes it from."""
    path.write_text(document(), encoding="utf-8", newline="\n")


if __name__ == "__main__":
    write()
