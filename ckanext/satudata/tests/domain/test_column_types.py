"""What a column holds, as an officer would say it."""

import pytest

from ckanext.satudata.domain.column_types import Column, Kind, of_columns


@pytest.mark.parametrize(
    ("cells", "kind"),
    [
        (["1", "20", "-3"], Kind.WHOLE),
        (["1.234.567", "12.000"], Kind.WHOLE),
        (["1,5", "2", "0,25"], Kind.DECIMAL),
        (["1.234,5", "2.000,75"], Kind.DECIMAL),
        (["1.5e3", "2.25"], Kind.DECIMAL),
        (["2026-01-31", "31/12/2025", "1-2-2024"], Kind.DATE),
        (["2026-01-31 08:30", "2026-01-31T08:30:00Z"], Kind.INSTANT),
        (["ya", "Tidak", "YA"], Kind.TRUTH),
        (["01", "08", "11", "35"], Kind.CODE),
        (["3573010101900001"] * 3, Kind.CODE),
        (["Klojen", "Blimbing", "12"], Kind.TEXT),
        (["", "", ""], Kind.EMPTY),
        (["1" * 41], Kind.TEXT),
    ],
)
def test_kinds(cells, kind):
    (column,) = of_columns([[cell] for cell in cells], 1)
    assert column.kind is kind


def test_what_is_not_of_the_kind_is_counted():
    cells = [str(number) for number in range(1, 28)] + ["n/a", "", ""]
    assert of_columns([[cell] for cell in cells], 1) == [Column(Kind.WHOLE, empty=2, others=1)]


def test_a_hostile_cell_costs_nothing():
    assert of_columns([["1." * 100_000 + "x"]], 1)[0].kind is Kind.TEXT
