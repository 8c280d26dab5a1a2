"""A document's bytes: their hash, which the chain keeps, and their way to an API, which serves them."""

import time
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

import click
from eth_utils.crypto import keccak
from web3 import Web3
from web3.types import TxReceipt

from api.media import SUFFIXES, media_type_of

# What the API takes and the contract keeps.
MAX_DOCUMENT_BYTES = 10 * 2**20
MAX_URI_BYTES = 256
# The API takes only bytes whose hash an indexed event names, and the index is a moment behind the chain.
DELIVERY_SECONDS = 30
# Not named by an indexed event yet, too many at once, not indexed so far yet.
PASSING = (409, 429, 503)
PAUSE_SECONDS = 0.5
ANSWER_SECONDS = 60


@dataclass(frozen=True)
class Document:
    """Bytes and where they lie; content_hash is their keccak256."""

    path: Path
    content: bytes

    @property
    def content_hash(self) -> bytes:
        return keccak(self.content)

    @property
    def words(self) -> str:
        return f"{self.path.name} ({len(self.content):,} bytes, keccak256 0x{self.content_hash.hex()})"


def read_document(path: Path, uri: str) -> Document:
    """Raises BadParameter where the file is empty or too large, or the URI too long."""
    size = path.stat().st_size
    if not 0 < size <= MAX_DOCUMENT_BYTES:
        raise click.BadParameter(f"{path} has {size:,} bytes, and a document has 1 to {MAX_DOCUMENT_BYTES:,}")
    if len(uri.encode()) > MAX_URI_BYTES:
        raise click.BadParameter(f"the URI has {len(uri.encode())} bytes, and {MAX_URI_BYTES} fit")
    return Document(path, path.read_bytes())


def require_kind(document: Document) -> str:
    """The media type by which an API takes it. Raises BadParameter where it takes none of that kind."""
    media_type = media_type_of(document.content)
    if media_type is None:
        raise click.BadParameter(f"{document.path} is of no kind that the API takes: {', '.join(SUFFIXES)}")
    return media_type


def deliver(document: Document, api: str, receipt: TxReceipt) -> None:
    """PUT the bytes under their hash, again until the API has indexed the event. Raises ClickException."""
    url = f"{api.rstrip('/')}/v1/documents/0x{document.content_hash.hex()}"
    wanted = f"{url}?min_tx={Web3.to_hex(receipt['transactionHash'])}"
    headers = {"Content-Type": require_kind(document)}
    deadline = time.monotonic() + DELIVERY_SECONDS
    while True:
        try:
            request = urllib.request.Request(wanted, document.content, headers, method="PUT")
            urllib.request.urlopen(request, timeout=ANSWER_SECONDS).close()
            return
        except urllib.error.HTTPError as error:
            trouble = f"it answered {error.code}: {error.read(2000).decode(errors='replace')}"
            passing = error.code in PASSING
        except (OSError, ValueError) as error:
            trouble, passing = str(error), False
        if not passing or time.monotonic() > deadline:
            raise click.ClickException(
                f"the transaction is done, but {api} did not take the bytes: {trouble}. Give them to it later: "
                f"curl -T {document.path} -H 'Content-Type: {headers['Content-Type']}' {url}"
            )
        time.sleep(PAUSE_SECONDS)
