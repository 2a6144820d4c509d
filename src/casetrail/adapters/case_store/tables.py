"""Tables of the case database: pseudonyms, states, dates, commitments, and orders, which are public acts."""

from sqlalchemy import BigInteger, Integer, LargeBinary, String, Text
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

_ID = String(64)


class Base(DeclarativeBase):
    """All tables of the case database."""


class CaseRow(Base):
    """A case: where it stands and when it must be gone."""

    __tablename__ = "cases"
    case_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    state: Mapped[str] = mapped_column(String(16))
    due_us: Mapped[int] = mapped_column(BigInteger)


class OrderRow(Base):
    """An outbreak order as its authority signed it."""

    __tablename__ = "orders"
    order_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    disease: Mapped[str] = mapped_column(Text)
    alert_level: Mapped[str] = mapped_column(String(16))
    legal_text: Mapped[str] = mapped_column(Text)
    start_us: Mapped[int] = mapped_column(BigInteger)
    end_us: Mapped[int] = mapped_column(BigInteger)
    key_id: Mapped[str] = mapped_column(Text)
    signature: Mapped[bytes] = mapped_column(LargeBinary)


class RequestRow(Base):
    """Who asked, and a commitment to what for; what was asked for is in the vault."""

    __tablename__ = "requests"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    request_id: Mapped[str] = mapped_column(_ID, unique=True)
    case_id: Mapped[str] = mapped_column(_ID, index=True)
    requester: Mapped[str] = mapped_column(_ID)
    asked_us: Mapped[int] = mapped_column(BigInteger)
    commitment: Mapped[str] = mapped_column(String(128))


class GrantRow(Base):
    """Who granted which request, and while it holds."""

    __tablename__ = "grants"
    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    grant_id: Mapped[str] = mapped_column(_ID, unique=True)
    case_id: Mapped[str] = mapped_column(_ID, index=True)
    request_id: Mapped[str] = mapped_column(_ID, unique=True)
    approver: Mapped[str] = mapped_column(_ID)
    start_us: Mapped[int] = mapped_column(BigInteger)
    end_us: Mapped[int] = mapped_column(BigInteger)


class ViewsRow(Base):
    """How many views of a case are described or about to be."""

    __tablename__ = "views"
    case_id: Mapped[str] = mapped_column(_ID, primary_key=True)
    counted: Mapped[int] = mapped_column(BigInteger)


class HoldRow(Base):
    """Why a thing stays beyond its due date."""

    __tablename__ = "holds"
    thing: Mapped[str] = mapped_column(String(200), primary_key=True)
    basis: Mapped[str] = mapped_column(Text)
    since_us: Mapped[int] = mapped_column(BigInteger)
    actor_id: Mapped[str] = mapped_column(_ID)
