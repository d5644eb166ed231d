"""Nobody works out a suppressed count from the others and the sums: tried by who knows every sum."""

import itertools
import random

import pytest

from ckanext.satudata.domain.personal.small_cells import suppressed


def bounds(counts, hidden, least):
    """For each suppressed cell the counts that fit the sums, by going through every way to fill them in.

    Known are the sums that a table of them would tell under the same rule.
    """
    cells = sorted(hidden)
    width, sums = len(cells[0]), []
    for fixed in itertools.chain.from_iterable(itertools.combinations(range(width), n) for n in range(width)):
        lines = {}
        for cell in counts:
            lines.setdefault(tuple(cell[at] for at in fixed), []).append(cell)
        totals = {key: sum(counts[cell] for cell in line) for key, line in lines.items()}
        for key in totals.keys() - suppressed(totals, least):
            missing = [cell for cell in lines[key] if cell in hidden]
            sums.append((missing, sum(counts[cell] for cell in missing)))
    most = max(counts[cell] for cell in cells) + least
    found = {cell: set() for cell in cells}
    for filled in itertools.product(range(1, most + 1), repeat=len(cells)):
        said = dict(zip(cells, filled, strict=True))
        if all(sum(said[cell] for cell in missing) == total for missing, total in sums):
            for cell in cells:
                found[cell].add(said[cell])
    return found


def test_nothing_small_nothing_suppressed():
    assert suppressed({("a",): 5, ("b",): 9}, 5) == set()
    assert suppressed({}, 5) == set()


def test_a_single_small_cell_takes_the_smallest_other_with_it():
    assert suppressed({("a",): 2, ("b",): 40, ("c",): 7}, 5) == {("a",), ("c",)}


def test_several_that_are_few_together_are_no_cover():
    assert suppressed({("a",): 1, ("b",): 1, ("c",): 30, ("d",): 8}, 5) == {("a",), ("b",), ("d",)}


def test_rows_and_columns_of_a_table():
    counts = {("Klojen", "L"): 3, ("Klojen", "P"): 20, ("Blimbing", "L"): 11, ("Blimbing", "P"): 12, ("Sukun", "L"): 30,
              ("Sukun", "P"): 31}  # fmt: skip
    hidden = suppressed(counts, 5)
    assert hidden == {("Klojen", "L"), ("Klojen", "P"), ("Blimbing", "L"), ("Blimbing", "P")}


def test_the_only_cell_of_a_table_has_no_cover_and_is_suppressed_all_the_same():
    assert suppressed({("a",): 3}, 5) == {("a",)}


@pytest.mark.parametrize("seed", range(12))
def test_who_knows_all_sums_finds_no_small_count(seed):
    chance = random.Random(seed)
    rows, columns = chance.choice([(2, 2), (3, 2), (2, 3)])
    counts = {(f"r{r}", f"c{c}"): chance.choice([1, 2, 3, 6, 7, 9]) for r in range(rows) for c in range(columns)}
    hidden = suppressed(counts, 5)
    assert {cell for cell, count in counts.items() if count < 5} <= hidden
    if hidden and len(hidden) <= 4:
        for cell, possible in bounds(counts, hidden, 5).items():
            assert len(possible) > 1, (counts, cell)
