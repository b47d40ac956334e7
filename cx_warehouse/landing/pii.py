"""What becomes of personal data while it is loaded, inside DuckDB; the key is a bound parameter."""

import hashlib
import secrets
from dataclasses import dataclass

from cx_warehouse.private import write_private
from cx_warehouse.settings import Settings

_BLOCK_BYTES = 64

# What str.strip() of every exporter would cut; within the value everything counts.
WHITESPACE = "chr(32) || chr(9) || chr(10) || chr(13)"

# An e-mail address, for DuckDB's regular expressions and Python's.
ADDRESS = r"[^\s,;:|\"'<>(){}\[\]=]+@[^\s,;:|\"'<>(){}\[\]=]+\.[A-Za-z]{2,}"

_QUOTED = ADDRESS.replace("'", "''")

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
    """Keys of the hashes that stand for personal data (null: left out), and of those that stand for ids that are e-mail
    addresses; what becomes of free words."""

    key: dict[str, bytes] | None
    id_key: bytes
    comments: str = "drop"

    @property
    def id_parameters(self) -> dict[str, bytes]:
        """The key of ids as parameters of a statement with `pseudonym`."""
        return {f"id_{name}": value for name, value in padded(self.id_key).items()}


def protection(settings: Settings) -> Protection:
    """As the settings have it. A key of ids that has just been made up holds from `keep_id_key` on."""
    return Protection(key_parameters(settings), id_key(settings), settings.comments)


def id_key(settings: Settings) -> bytes:
    """The key of ids that are addresses: that of the warehouse where it has one, else CX_PII_KEY, else a new one.

    An id left out is a row lost, so unlike other personal data ids need a key even where none is set; and once ids
    stand in raw it must stay, or rows would no longer find each other.
    """
    if settings.id_key.exists():
        return bytes.fromhex(settings.id_key.read_text())
    return _pii_key(settings) or secrets.token_bytes(32)


def keep_id_key(settings: Settings, protected: Protection) -> None:
    """Keep a key of ids that was made up, now that there are ids which rest on it."""
    if protected.key is None and not settings.id_key.exists():
        write_private(settings.id_key, protected.id_key.hex())


def address_hashes(protected: Protection, address: str) -> set[str]:
    """What stands for an e-mail address: as a personal column, and as an id."""
    text = address.strip(" \t\n\r").lower().encode()
    return {
        hashlib.sha256(key["opad"] + hashlib.sha256(key["ipad"] + text).digest()).hexdigest()
        for key in (protected.key, padded(protected.id_key))
        if key
    }


def key_parameters(settings: Settings) -> dict[str, bytes] | None:
    """The two padded keys of HMAC (RFC 2104) as parameters of a statement; None when no key is set.

    An empty key is no key: hashes without a secret can be guessed back.
    """
    key = _pii_key(settings)
    return padded(key) if key else None


def _pii_key(settings: Settings) -> bytes:
    return settings.pii_key.get_secret_value().encode() if settings.pii_key else b""


def padded(key: bytes) -> dict[str, bytes]:
    """`ipad` and `opad` of HMAC-SHA256 for one key (RFC 2104, section 2)."""
    if len(key) > _BLOCK_BYTES:
        # RFC 2104: a key longer than a block is hashed first.
        key = hashlib.sha256(key).digest()
    key = key.ljust(_BLOCK_BYTES, b"\0")
    return {"ipad": bytes(byte ^ 0x36 for byte in key), "opad": bytes(byte ^ 0x5C for byte in key)}


def keyed_hash(expression: str, key: str = "") -> str:
    """SQL of HMAC-SHA256 in hex of a text expression, outer whitespace stripped; null where nothing is left.

    The statement needs the parameters $ipad and $opad, each with `key` before its name.
    """
    text = f"nullif(trim({expression}, {WHITESPACE}), '')"
    return f"sha256(${key}opad::blob || unhex(sha256(${key}ipad::blob || encode({text}))))"


def pseudonym(expression: str) -> str:
    """SQL of what stands for an id that is an e-mail address: its keyed hash in small letters, as of any address.

    The statement needs the parameters of `Protection.id_parameters`.
    """
    return keyed_hash(f"lower({expression})", "id_")


def is_address(expression: str, *, whole: bool = False) -> str:
    """SQL: whether a text holds an e-mail address, or is nothing else."""
    matches = "regexp_full_match" if whole else "regexp_matches"
    # Most texts hold none, and to look for one sign is cheap.
    return f"(case when contains({expression}, '@') then {matches}(trim({expression}), '{_QUOTED}') else false end)"


def masked(expression: str) -> str:
    """SQL that hides a value of an unknown column when it looks like an e-mail address."""
    return rf"case when regexp_matches({expression}, '@[\s\S]*\.') then '***' else {expression} end"


def without_addresses(expression: str) -> str:
    """SQL of a text in which every e-mail address has become ***."""
    masked_text = f"regexp_replace({expression}, '{_QUOTED}', '***', 'g')"
    return f"case when contains({expression}, '@') then {masked_text} else {expression} end"


def scrubbed(expression: str) -> str:
    """SQL of free words without what SCRUBBED lists; see docs/decisions/0017-free-words.md for what stays."""
    for pattern in SCRUBBED:
        expression = f"regexp_replace({expression}, '{pattern}', '***', 'g')"
    return expression
