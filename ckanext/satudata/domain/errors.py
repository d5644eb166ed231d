"""The one tree of refusals; `shared.boundary` alone turns them into CKAN errors.

`message` is an English msgid with `{named}` fields filled from `params` after translation, `field` the
name of the form field it belongs to, `mend` (also a msgid) what the person can do about it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence


class SatudataError(Exception):
    """Something the law, the SOP or the data does not allow."""

    def __init__(self, message: str, *, field: str = "__all__", mend: str = "", **params: object):
        super().__init__(message)
        self.message = message
        self.field = field
        self.mend = mend
        self.params = params


class Invalid(SatudataError):
    """A value that cannot be taken; names its field and the mend."""


def too_long(text: str, field: str, most: int) -> list[Invalid]:
    """The refusal of a text with more than `most` characters; nothing for one that fits."""
    if len(text) <= most:
        return []
    return [
        Invalid("This text is too long: {count} characters, at most {most}.", field=field, count=len(text), most=most)
    ]


class Several(Invalid):
    """Several values that cannot be taken, told at once; by itself it is the first of `errors`."""

    def __init__(self, errors: Sequence[Invalid]):
        first = errors[0]
        super().__init__(first.message, field=first.field, mend=first.mend, **first.params)
        self.errors = list(errors)

    @classmethod
    def refuse(cls, errors: Iterable[Invalid]) -> None:
        """Raises what is wrong, of each field the first; nothing where nothing is."""
        by_field: dict[str, Invalid] = {}
        for error in errors:
            for one in error.errors if isinstance(error, Several) else [error]:
                by_field.setdefault(one.field, one)
        if by_field:
            raise cls([*by_field.values()])


class NotAllowed(SatudataError):
    """The actor does not hold the role, or the same person may not do this step too."""


class NotThere(SatudataError):
    """No such thing, or none that this actor may know of: both look alike."""


class Conflict(SatudataError):
    """Somebody else acted meanwhile, or the thing is no longer in the state the command needs."""


class TooMany(SatudataError):
    """The same address asks too often; later it may again."""
