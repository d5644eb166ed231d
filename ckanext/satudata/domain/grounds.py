"""The grounds on which data may be restricted: article 17 of UU 14/2008, letters a to j."""

from __future__ import annotations

from dataclasses import dataclass

from ckanext.satudata.domain import refusal

LAW = "https://peraturan.bpk.go.id/Details/39047/uu-no-14-tahun-2008"
"""Where UU 14/2008 can be read."""


@dataclass(frozen=True)
class Ground:
    """A ground of art. 17. `title` and `example` are msgids, `text` and `basis` the words of Indonesian law."""

    code: str
    title: str
    text: str
    basis: str
    link: str
    example: str
    may_be_permanent: bool
    """Art. 20: what letters a to f exclude is not excluded for ever."""
    needs_act: bool


_EXAMPLES = {
    "17a": "Example: where inspections will be held next month.",
    "17b": "Example: recipes and prices that companies handed in with a tender.",
    "17c": "Example: plans of a defence site.",
    "17d": "Example: coordinates of deposits that are not yet licensed.",
    "17e": "Example: a planned change of a regional tax before it is decided.",
    "17f": "Example: notes of talks with a partner city abroad.",
    "17g": "Example: wills and deeds kept by an office.",
    "17h": "Example: names, addresses or health of aid recipients.",
    "17i": "Example: letters between offices that are marked secret.",
    "17j": "Example: answers of single respondents of a survey (UU 16/1997).",
}

GROUNDS: dict[str, Ground] = {
    code: Ground(
        code=code,
        title=reason.title,
        text=reason.text,
        basis=reason.basis,
        link=LAW,
        example=_EXAMPLES[code],
        may_be_permanent=code >= "17g",
        needs_act=reason.needs == "act",
    )
    for code, reason in refusal.REASONS.items()
    if reason.group is refusal.ReasonGroup.EXCLUDED
}
"""By code, 17a to 17j."""
