"""What Outlook would be given, checked against the schemas and the rules of the documents."""

import io
import json
import os
import struct
import urllib.parse
import urllib.request
import zipfile
from pathlib import Path

import jsonschema
from lxml import etree

from checks import Steps, equal, holds

STEPS = Steps()

BASE = "{http://schemas.microsoft.com/office/appforoffice/1.1}"
TYPES = "{http://schemas.microsoft.com/office/officeappbasictypes/1.0}"
TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"

# Versions of the unified manifest that know everything that ours uses.
UNIFIED = ["v1.25", "v1.30"]


class World:
    """The manifests as they are served."""

    def __init__(self, demo):
        self.root = demo.root
        self.xml_bytes = get(f"{demo.root}/addin/manifest.xml")[0]
        self.xml = etree.fromstring(self.xml_bytes)
        package, _ = get(f"{demo.root}/addin/manifest.zip")
        self.package = zipfile.ZipFile(io.BytesIO(package))
        self.unified = json.loads(self.package.read("manifest.json"))

    def schemas(self):
        """The folder of the vendor's schemas; `None` where it is missing, which is said."""
        folder = os.environ.get("EARMARK_CONFORMANCE")
        office = Path(folder, "office") if folder else None
        if office is None or not office.is_dir():
            print("skipped: EARMARK_CONFORMANCE names no folder with office/", flush=True)
            return None
        return office

    def addresses(self):
        """Every address in both manifests, except the names of schemas."""
        own = [node.get("DefaultValue") for node in self.xml.iter() if node.get("DefaultValue")]
        found = [text for text in own if "://" in text]
        rest = {key: value for key, value in self.unified.items() if key != "$schema"}
        found += [text for text in strings(rest) if "://" in text]
        return [text for text in found if not text.startswith(("brk-multihub://", "api://"))]


def get(address):
    """The body and headers of an open address."""
    with urllib.request.urlopen(address, timeout=30) as answer:
        return answer.read(), answer.headers


def strings(value):
    """Every string in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for one in value.values():
            yield from strings(one)
    elif isinstance(value, list):
        for one in value:
            yield from strings(one)


@STEPS("the XML manifest is valid by the schemas of the add-in-only manifest")
def xml_schema(world):
    office = world.schemas()
    if office is None:
        return
    schema = etree.XMLSchema(etree.parse(str(office / "xml-overlay/OfficeAppManifestV1_1.xsd")))
    holds(schema.validate(world.xml), f"a valid manifest: {schema.error_log}")


@STEPS("the unified manifest is valid by the schemas of its versions")
def unified_schema(world):
    office = world.schemas()
    if office is None:
        return
    for version in UNIFIED:
        text = (office / "unified" / version / "MicrosoftTeams.schema.json").read_text()
        schema = json.loads(text)
        validator = jsonschema.validators.validator_for(schema)(schema)
        errors = [f"{list(error.path)}: {error.message}" for error in validator.iter_errors(world.unified)]
        equal(errors, [], f"errors by {version}")


@STEPS("every address is https and of this service")
def one_origin(world):
    for address in world.addresses():
        holds(address.startswith(f"{world.root}"), f"{address} below {world.root}")
        holds(urllib.parse.urlsplit(address).scheme == "https", f"{address} is https")


@STEPS("every resource is defined, named once, and no name is longer than 32 characters")
def resources(world):
    for overrides in world.xml.iter():
        if not str(overrides.tag).endswith("}VersionOverrides"):
            continue
        own = [child for child in overrides if not str(child.tag).endswith("}VersionOverrides")]
        used = {node.get("resid") for part in own for node in part.iter() if node.get("resid")}
        ids = [
            node.get("id")
            for part in own
            for node in part.iter()
            if str(node.tag).startswith(TYPES) and node.get("id")
        ]
        equal(len(ids), len(set(ids)), "names of resources")
        holds(used <= set(ids), f"{used - set(ids)} to be defined")
        holds(all(len(name) <= 32 for name in ids), "short names")


@STEPS("buttons on phones have nine pictures, and every picture has the size that it says")
def icons(world):
    lists = [node for node in world.xml.iter() if node.get(TYPE) == "bt:MobileIconList"]
    holds(lists, "buttons on phones")
    by_id = {node.get("id"): node.get("DefaultValue") for node in world.xml.iter(f"{TYPES}Image") if node.get("id")}
    for pictures in lists:
        sizes = {(node.get("size"), node.get("scale")) for node in pictures}
        equal(sizes, {(size, scale) for size in ("25", "32", "48") for scale in ("1", "2", "3")}, "pictures")
    for node in world.xml.iter(f"{TYPES}Image"):
        if node.get("resid"):
            wanted = int(node.get("size")) * int(node.get("scale") or 1)
            equal(width(by_id[node.get("resid")]), wanted, node.get("resid"))


def width(address):
    """The width of a picture that may be kept by whoever gets it."""
    body, headers = get(address)
    holds(len(body) <= 100 * 1024, f"{address} is small")
    kept = headers.get("Cache-Control") or ""
    holds("no-store" not in kept and "no-cache" not in kept, f"{address} can be kept")
    equal(body[:8], b"\x89PNG\r\n\x1a\n", address)
    return struct.unpack(">I", body[16:20])[0]


@STEPS("no minimum is higher than what a server of one's own offers")
def minimum(world):
    for node in world.xml.iter():
        if node.get("Name") == "Mailbox" and node.get("MinVersion"):
            holds(float(node.get("MinVersion")) <= 1.5, f"MinVersion {node.get('MinVersion')}")


@STEPS("the same manifest comes again, and the two kinds have different ids")
def stable(world):
    again, _ = get(f"{world.root}/addin/manifest.xml")
    equal(again, world.xml_bytes, "the manifest")
    own = world.xml.findtext(f"{BASE}Id")
    holds(own != world.unified["id"], "two ids")
    hidden = world.unified["extensions"][0]["alternates"][0]["hide"]["customOfficeAddin"]
    equal(hidden["officeAddinId"], own, "the add-in that is hidden")


@STEPS("the package holds its two pictures")
def package(world):
    for member, size in (("color", 192), ("outline", 32)):
        picture = world.package.read(world.unified["icons"][member])
        equal(struct.unpack(">I", picture[16:20])[0], size, member)
