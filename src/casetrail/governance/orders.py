"""Outbreak orders: without one in force, nobody is looked for. An order comes from outside, signed and dated.

An order names a disease, an alert level and its legal text, and holds for thirty days at most. It is signed by a key
of the authority that gives it (Ed25519, RFC 8032); the installation keeps only the public keys that it trusts, and
every act verifies the signature anew, so that an order edited in the database counts for nothing.
"""

import base64
import binascii
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

from casetrail.governance.audit import AuditEvent
from casetrail.governance.signing import PublicKey, Signer
from casetrail.model.errors import BadInputError, RefusedError
from casetrail.model.ids import check_name
from casetrail.model.time import SECOND_US, UtcInterval, format_utc, parse_utc

LONGEST_DAYS = 30
LARGEST_BYTES = 64 * 1024
_LONGEST_US = LONGEST_DAYS * 86_400 * SECOND_US
_MOST_TEXT = 20_000


class AlertLevel(StrEnum):
    """Levels of the infectious-disease crisis alert, lowest first (IDCPA 34; Korean names: 관심, 주의, 경계, 심각)."""

    ATTENTION = "attention"
    CAUTION = "caution"
    ALERT = "alert"
    SERIOUS = "serious"

    @property
    def rank(self) -> int:
        """0 for the lowest."""
        return list(AlertLevel).index(self)


@dataclass(frozen=True)
class Order:
    """A signed order. `valid`: half-open UTC interval of at most thirty days; `signature`: Ed25519 of `signed_bytes`.

    Raises BadInputError when a part is missing or it would hold for longer.
    """

    order_id: str
    disease: str
    alert_level: AlertLevel
    legal_text: str
    valid: UtcInterval
    key_id: str = ""
    signature: bytes = b""

    def __post_init__(self) -> None:
        check_name(self.order_id, what="order id")
        if not self.disease.strip() or not self.legal_text.strip() or len(self.legal_text) > _MOST_TEXT:
            raise BadInputError("an order names a disease and its legal text", where=f"order {self.order_id}")
        if not 0 < self.valid.end_us - self.valid.start_us <= _LONGEST_US:
            raise BadInputError(f"an order holds for {LONGEST_DAYS} days at most", where=f"order {self.order_id}")

    @property
    def signed_bytes(self) -> bytes:
        """What the signature covers: canonical JSON of everything but the signature."""
        return json.dumps(_plain(self), sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


class AuthorityKeys(Protocol):
    """Port: public keys of the authorities whose orders this installation heeds."""

    def read_keys(self) -> tuple[PublicKey, ...]:
        """The trusted keys, by id."""

    def add_key(self, key: PublicKey, *, audit: AuditEvent) -> None:
        """Trust one more. Raises UsageError when it is trusted already."""

    def has_signed(self, key_id: str, data: bytes, signature: bytes) -> bool:
        """Whether the trusted key of this id signed the data; never for a key that is not trusted."""


def parse_order(data: bytes, *, where: str = "") -> Order:
    """The order of a JSON file. Raises BadInputError that names what is missing."""
    todo = "ask the authority for the file as it signed it"
    try:
        plain: Any = json.loads(data)
        valid = UtcInterval(parse_utc(plain["valid_from"]), parse_utc(plain["valid_until"]))
        level = AlertLevel(plain["alert_level"])
        signature = base64.b64decode(plain["signature"], validate=True)
        texts = [plain[name] for name in ("order_id", "disease", "legal_text", "key_id")]
    except KeyError as error:
        raise BadInputError(f"the order lacks {error.args[0]}", where=where, todo=todo) from None
    except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError):
        raise BadInputError("this is not an order", where=where, todo=todo) from None
    if not all(isinstance(text, str) for text in texts):
        raise BadInputError("this is not an order", where=where, todo=todo)
    return Order(texts[0], texts[1], level, texts[2], valid, texts[3], signature)


def format_order(order: Order) -> str:
    """The order as the JSON file that `parse_order` reads."""
    plain = {**_plain(order), "signature": base64.b64encode(order.signature).decode()}
    return json.dumps(plain, ensure_ascii=False, indent=2) + "\n"


def sign_order(order: Order, signer: Signer) -> Order:
    """The order with the signature of an authority's key: for the authority's own machine."""
    named = replace(order, key_id=signer.key_id)
    return replace(named, signature=signer.sign(named.signed_bytes))


def check_signed(order: Order, keys: AuthorityKeys) -> None:
    """Raises RefusedError unless a trusted authority signed exactly this order."""
    if order.key_id not in {key.key_id.hex() for key in keys.read_keys()}:
        todo = "trust the authority's public key with `casetrail order trust`"
        raise RefusedError("no trusted authority signed this order", where=f"order {order.order_id}", todo=todo)
    if not keys.has_signed(order.key_id, order.signed_bytes, order.signature):
        raise RefusedError("the order is not as its authority signed it", where=f"order {order.order_id}")


def find_order(orders: Iterable[Order], keys: AuthorityKeys, disease: str, now_us: int) -> Order | None:
    """The order in force for a disease: valid now and truly signed; of several the one that holds longest."""
    named = [order for order in orders if same_disease(order.disease, disease) and order.valid.contains(now_us)]
    for order in sorted(named, key=lambda each: each.valid.end_us, reverse=True):
        if keys.has_signed(order.key_id, order.signed_bytes, order.signature):
            return order
    return None


def same_disease(one: str, other: str) -> bool:
    """Whether two names mean the same disease, whatever their case and spaces."""
    return " ".join(one.split()).casefold() == " ".join(other.split()).casefold()


def _plain(order: Order) -> Mapping[str, str]:
    return {
        "order_id": order.order_id,
        "disease": order.disease,
        "alert_level": order.alert_level.value,
        "legal_text": order.legal_text,
        "valid_from": format_utc(order.valid.start_us),
        "valid_until": format_utc(order.valid.end_us),
        "key_id": order.key_id,
    }
