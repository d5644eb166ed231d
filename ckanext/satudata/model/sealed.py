"""A column whose value is encrypted with a key that lies outside the database."""

from __future__ import annotations

from sqlalchemy import LargeBinary
from sqlalchemy.types import TypeDecorator


class Sealed(TypeDecorator):
    """Encrypted bytes as `shared.crypto.seal` makes them; this layer never sees the clear text.

    The type marks the column, so that key rotation finds every one of them by itself.
    """

    impl = LargeBinary
    cache_ok = True
