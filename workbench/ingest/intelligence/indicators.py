"""Reads one indicator as a vendor writes it: a domain, address, URL, e-mail, hash, AS number or wallet.

What is changed on the way (blanks trimmed, defanging undone, letters in lower case, a port left out) is told.
Nothing is repaired: what is none of these is refused.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from workbench.errors import RecordError
from workbench.ingest.context import Context
from workbench.ingest.reading.tables import cell_text
from workbench.model.addresses import parse_asset_address
from workbench.model.infrastructure import parse_infrastructure, refang
from workbench.model.nodes import Infrastructure, Wallet

Indicator = Infrastructure | Wallet
HASH_DIGITS = {"md5": 32, "sha1": 40, "sha256": 64, "sha512": 128}
"""Kinds of hashes that are kept, and how many hexadecimal digits each has. Others (imphash, ssdeep, …) are not
hashes of a file's bytes, or nobody publishes them."""
FILE_NAME = re.compile(
    r".*\.(exe|dll|dat|bin|sys|tmp|log|txt|docx?|docm|xlsx?|pptx?|pdf|jpe?g|png|gif|ico|css|js|php|aspx?|jsp|html?|jar|"
    r"bat|cmd|ps1|vbs|lnk|msi|db|cfg|ini|json|xml|csv|yar|cgi|lor|swf|xsl|7z|rar|gz|apk|dmg|pkg|chm|hwp|pack)\Z",
    re.IGNORECASE | re.DOTALL,
)
"""Names of files that look like domains; none of these endings is a top-level domain."""
_PORT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,3}){3}|[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)+):([0-9]{1,5})\Z")
_WALLET = re.compile(r"(?:0x)?[0-9A-Za-z]{25,110}\Z|[a-z]{2,12}:[0-9a-z]{25,110}\Z|[a-z]{2,5}1[0-9a-z]{20,90}\Z")


def read_indicator(
    text: object,
    context: Context,
    *,
    types: Collection[str] = (),
    asset: str | None = None,
    field: str = "value",
) -> Indicator:
    """The indicator `text` stands for; raises RecordError.

    `types` is what the source says it is: one or more types of Infrastructure, or `Wallet`. Where the value shows
    that it is something else, the value is believed and the contradiction told.
    """
    if not isinstance(text, str):
        raise RecordError("not a text", field=field, value=text)
    value = cell_text(text, field)
    if value != text:
        context.warn("blanks around the value were trimmed", field=field, value=text)
    if not value:
        raise RecordError("the value is empty", field=field, value=text)
    if "Wallet" in types:
        return read_wallet(value, asset, context, field)
    plain = refang(value)
    if plain != value:
        context.warn(f"refanged to {plain}", field=field, value=value)
    if match := _PORT.match(plain):
        context.warn(f"the port {match[2]} is left out", field=field, value=value)
        plain = match[1]
    try:
        found = parse_infrastructure(plain, "UserAccount" if tuple(types) == ("UserAccount",) else None)
    except RecordError as error:
        if not types and _WALLET.match(plain):
            try:
                return read_wallet(plain, asset, context, field)
            except RecordError:
                pass
        raise RecordError(error.what, field=field, value=value) from None
    if not types and found.type == "DomainName" and FILE_NAME.match(found.value):
        raise RecordError("a file's name, and no domain", field=field, value=value)
    if types and found.type not in types:
        context.warn(
            f"stated as {' or '.join(types)}, but it is a {found.type}; kept as that", field=field, value=value
        )
    if found.value != plain:
        context.warn(f"written as {found.value}", field=field, value=value)
    return found


def read_wallet(text: str, asset: str | None, context: Context, field: str = "address") -> Wallet:
    """The wallet of an address; the network is decided from the address. Raises RecordError."""
    address = parse_asset_address(text, asset)
    for warning in address.warnings:
        context.warn(warning, field=field, value=text)
    return Wallet.at(address)


def read_hash(algorithm: str, text: object, context: Context, field: str = "hashes") -> Infrastructure:
    """A file's hash; raises RecordError for a kind that is not kept, or a value that is no such hash."""
    name = re.sub(r"[^a-z0-9]", "", algorithm.lower())
    if name not in HASH_DIGITS:
        raise RecordError(f"{algorithm[:40]} is not a hash that is kept", field=field, value=text)
    found = read_indicator(text, context, types=("FileHash",), field=field)
    if not isinstance(found, Infrastructure) or found.type != "FileHash" or len(found.value) != HASH_DIGITS[name]:
        raise RecordError(f"not a {algorithm[:40]}", field=field, value=text)
    return found
