"""What becomes of personal data while it is loaded, inside DuckDB; the key is a bound parameter."""

import hashlib
from dataclasses import dataclass

from cx_warehouse.settings import Settings

_BLOCK_BYTES = 64

# What str.strip() of every exporter would cut; within the value everything counts.
WHITESPACE = "chr(32) || chr(9) || chr(10) || chr(13)"

# An e-mail address, for DuckDB's regular expressions and Python's.
ADDRESS = r"[^\s,;:|\"'<>(){}\[\]=]+@[^\s,;:|\"'<>(){}\[\]=]+\.[A-Za-z]{2,}"

# What is taken out of free words, in this order: whatever is written around an @ or an (at), web addresses, account
# numbers as ISO 13616 writes them, and six or more digits of any script, at most three other signs between two of them.
SCRUBBED = (
    r"\S*@\S*",
    r"(?i)\S+\s*[(\[{]\s*at\s*[)\]}]\s*\S+",
    r"(?i)\b(?:https?://|www\.)\S+",
    r"\b[A-Z]{2}[0-9]{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b",
    r"[+(]*\p{Nd}(?:[ \t./()\-\x{2010}-\x{2015}\x{a0}]{0,3}\p{Nd}){5,}",
)


@dataclass(frozen=True)
class Protection:
    """Keys of the hashes that stand for personal data (null: left out), and what becomes of free words."""

    key: dict[str, bytes] | None
    comments: str = "drop"


def protection(settings: Settings) -> Protection:
    """As the settings have it."""
    return Protection(key_parameters(settings), settings.comments)


def key_parameters(settings: Settings) -> dict[str, bytes] | None:
    """The two padded keys of HMAC (RFC 2104) as parameters of a statement; None when no key is set.

    An empty key is no key: hashes without a secret can be guessed back.
    """
    key = settings.pii_key.get_secret_value().encode() if settings.pii_key else b""
    return padded(key) if key else None


def padded(key: bytes) -> dict[str, bytes]:
    """`ipad` and `opad` of HMAC-SHA256 for one key (RFC 2104, section 2)."""
    if len(key) > _BLOCK_BYTES:
        # RFC 2104: a key longer than a block is hashed first.
        key = hashlib.sha256(key).digest()
    key = key.ljust(_BLOCK_BYTES, b"\0")
    return {"ipad": bytes(byte ^ 0x36 for byte in key), "opad": bytes(byte ^ 0x5C for byte in key)}


def keyed_hash(expression: str) -> str:
    """SQL of HMAC-SHA256 in hex of a text expression, outer whitespace stripped; null where nothing is left.

    The statement needs the parameters $ipad and $opad.
    """
    text = f"nullif(trim({expression}, {WHITESPACE}), '')"
    return f"sha256($opad::blob || unhex(sha256($ipad::blob || encode({text}))))"


def masked(expression: str) -> str:
    """SQL that hides a value of an unknown column when it looks like an e-mail address."""
    return rf"case when regexp_matches({expression}, '@[\s\S]*\.') then '***' else {expression} end"


def without_addresses(expression: str) -> str:
    """SQL of a text in which every e-mail address has become ***."""
    # Most texts hold none, and to look for one sign is cheap.
    pattern = ADDRESS.replace("'", "''")
    masked_text = f"regexp_replace({expression}, '{pattern}', '***', 'g')"
    return f"case when contains({expression}, '@') then {masked_text} else {expression} end"


def scrubbed(expression: str) -> str:
    """SQL of free words without what SCRUBBED lists; see docs/comments.md for what stays."""
    for pattern in SCRUBBED:
        expression = f"regexp_replace({expression}, '{pattern}', '***', 'g')"
    return expression
