"""Orders: trusting an authority's key, importing what it signed, and signing on the authority's own machine."""

from dataclasses import dataclass
from pathlib import Path

from casetrail.app.case_ports import CasePorts
from casetrail.governance.acts import Act
from casetrail.governance.audit import Actor
from casetrail.governance.orders import (
    LARGEST_BYTES,
    AuthorityKeys,
    Order,
    check_signed,
    parse_order,
)
from casetrail.governance.signing import PublicKey, parse_public_key
from casetrail.model.errors import BadInputError, MissingError, RefusedError
from casetrail.model.time import format_utc


@dataclass(frozen=True)
class OrderPorts:
    """What orders need: the register and gate, and the keys of the authorities that are heeded."""

    case: CasePorts
    keys: AuthorityKeys


@dataclass(frozen=True)
class ListedOrder:
    """An order with what is true of it now."""

    order: Order
    signed: bool
    in_force: bool


def trust_authority(ports: OrderPorts, key_file: Path, actor: Actor) -> PublicKey:
    """Heed orders signed with this public key (one line, as `order sign` prints it). Raises BadInputError."""
    event = ports.case.gate.check(actor, Act.ORDER_TRUST)
    key = read_public_key(key_file)
    ports.keys.add_key(key, audit=event)
    return key


def read_public_key(path: Path) -> PublicKey:
    """The public key in a file. Raises MissingError when there is none, BadInputError when it is not one."""
    try:
        return parse_public_key(_read(path).decode())
    except UnicodeDecodeError:
        raise BadInputError("this is no public key", where=path.name) from None


def import_order(ports: OrderPorts, file: Path, actor: Actor, now_us: int) -> Order:
    """Keep an order that a trusted authority signed and that has not ended.

    Raises BadInputError when it is not one, RefusedError when nobody who is trusted signed it or it has ended.
    """
    event = ports.case.gate.check(actor, Act.ORDER_IMPORT)
    order = parse_order(_read(file), where=file.name)
    check_signed(order, ports.keys)
    if order.valid.end_us <= now_us:
        raise RefusedError(f"the order ended at {format_utc(order.valid.end_us)}", where=f"order {order.order_id}")
    ports.case.store.add_order(order, audit=event)
    return order


def list_orders(ports: OrderPorts, actor: Actor, now_us: int) -> list[ListedOrder]:
    """Every order that was imported, and whether it is in force."""
    ports.case.gate.permit(actor, Act.ORDER_LIST)
    return [_listed(order, ports.keys, now_us) for order in ports.case.store.read_orders()]


def _listed(order: Order, keys: AuthorityKeys, now_us: int) -> ListedOrder:
    signed = keys.has_signed(order.key_id, order.signed_bytes, order.signature)
    return ListedOrder(order, signed, signed and order.valid.contains(now_us))


def _read(path: Path) -> bytes:
    if not path.is_file():
        raise MissingError("there is no such file", where=path.name)
    if path.stat().st_size > LARGEST_BYTES:
        raise BadInputError(f"larger than {LARGEST_BYTES} bytes", where=path.name)
    return path.read_bytes()
