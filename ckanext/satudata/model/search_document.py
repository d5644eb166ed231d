"""`satudata_search_document`: one row for each indexed dataset, as the embedded search reads it.

The rows are a projection of CKAN's tables and may be deleted and rebuilt at any time (`ckan search-index rebuild`).
"""

from __future__ import annotations

from sqlalchemy import BigInteger, ColumnElement, Identity, Index, Text, func
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, TSVECTOR
from sqlalchemy.orm import Mapped, mapped_column

from ckanext.satudata.model.base import Base


class SearchDocument(Base):
    """A dataset as the index knows it.

    `exact` holds `field=value` of every exact field, `words` a lexeme `field=stem` with positions of every text
    field, `heads` those of the title alone (small, for ranking), `fields` the values of the exact fields as
    `{field: [text, ...]}`; dates in it have the fixed form `YYYY-MM-DDTHH:MM:SS.mmmZ`, so that they compare as text.
    `position` grows with every write; `stamp` is random at every write: the exclusive or over all visible rows
    names the state of the index that a snapshot sees.
    """

    __tablename__ = "satudata_search_document"
    __table_args__ = (
        Index("ix_satudata_search_document_terms", "exact", "words", postgresql_using="gin"),
        Index("ix_satudata_search_document_modified", "modified"),
        Index("ix_satudata_search_document_title_key", "title_key"),
        Index("ix_satudata_search_document_stamp", "stamp"),
    )

    index_id: Mapped[str] = mapped_column(Text, primary_key=True)
    position: Mapped[int] = mapped_column(BigInteger, Identity(), nullable=False)
    stamp: Mapped[int] = mapped_column(BigInteger, nullable=False)
    exact: Mapped[list[str]] = mapped_column(ARRAY(Text), nullable=False)
    words: Mapped[str] = mapped_column(TSVECTOR, nullable=False)
    heads: Mapped[str] = mapped_column(TSVECTOR, nullable=False)
    fields: Mapped[dict] = mapped_column(JSONB, nullable=False)
    stored: Mapped[dict] = mapped_column(JSONB, nullable=False)
    data_dict: Mapped[str | None] = mapped_column(Text)
    validated_data_dict: Mapped[str | None] = mapped_column(Text)
    modified: Mapped[str | None] = mapped_column(Text(collation="C"))
    title_key: Mapped[str | None] = mapped_column(Text(collation="C"))

    @classmethod
    def next_position(cls) -> ColumnElement[int]:
        """The position of a row that is written now, new or again."""
        return func.nextval(func.pg_get_serial_sequence(cls.__tablename__, "position"))
