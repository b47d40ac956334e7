"""Personal data becomes a keyed hash, inside DuckDB, with the key as a bound parameter."""

import hashlib

from cx_warehouse.settings import Settings

_BLOCK_BYTES = 64

# What str.strip() of every exporter would cut; within the value everything counts.
WHITESPACE = "chr(32) || chr(9) || chr(10) || chr(13)"


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
