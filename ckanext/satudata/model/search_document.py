"""`satudata_search_document`: one row for each indexed dataset, as the embedded search reads it.

The rows are a projection of CKAN's tables and may be deleted and rebuilt at any time (`ckan search-index rebuild`).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Identity, Index, Integer, Select, Text, func, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base


class SearchDocument(Base):
    """A dataset as the index knows it.

    `exact` holds `field=value` of every exact field, `words` a lexeme `field=stem` with positions of every text
    field, `title_words` the number of those of the title, `fields` the values of the exact fields as
    `{field: [text, ...]}`; dates in it have the fixed form `YYYY-MM-DDTHH:MM:SS.mmmZ`, so that they compare as text.
    `position` is given by a trigger at every write, grows with time and is never used twice: it names one state of
    one document, so that whatever is remembered under it stays true.
    """

    __tablename__ = "satudata_search_document"
    __table_args__ = (
        Index("ix_satudata_search_document_terms", "exact", "words", postgresql_using="gin"),
        Index("ix_satudata_search_document_modified", "modified"),
        Index("ix_satudata_search_document_title_key", "title_key"),
        Index("ix_satudata_search_document_position", "position", unique=True),
    )

    index_id: Mapped[str] = mapped_column(Text, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, Identity(), nullable=False)
    exact: Mapped[list[str]] = mapped_column(ARRAY(Text), nullable=False)
    words: Mapped[str] = mapped_column(TSVECTOR, nullable=False)
    title_words: Mapped[int] = mapped_column(Integer, nullable=False)
    fields: Mapped[dict] = mapped_column(JSONB, nullable=False)
    stored: Mapped[dict] = mapped_column(JSONB, nullable=False)
    data_dict: Mapped[str | None] = mapped_column(Text)
    validated_data_dict: Mapped[str | None] = mapped_column(Text)
    modified: Mapped[str | None] = mapped_column(Text(collation="C"))
    title_key: Mapped[str | None] = mapped_column(Text(collation="C"))


class SearchChange(Base):
    """Random numbers, one added by a trigger with each statement that writes to the index.

    The exclusive or of those a snapshot sees names the state of the index it sees, own pending writes included.
    The trigger now and then puts one row in place of many, which leaves the exclusive or as it is.
    """

    __tablename__ = "satudata_search_change"

    id: Mapped[int] = mapped_column(BigInteger, Identity(), primary_key=True)
    stamp: Mapped[int] = mapped_column(BigInteger, nullable=False)

    @classmethod
    def state(cls) -> Select[tuple[int]]:
        """The name of the index's state; null where nothing was ever written."""
        return select(func.bit_xor(cls.stamp))
