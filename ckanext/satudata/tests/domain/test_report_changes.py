"""Cell by cell: what differs between a report as it was filed and the same report made again."""

from datetime import datetime, timezone

from ckanext.satudata.domain.report import Column, Kind, Period, Report, Table
from ckanext.satudata.domain.report_changes import changes

AT = datetime(2027, 1, 4, tzinfo=timezone.utc)
COLUMNS = (Column("Perangkat daerah"), Column("Permohonan", Kind.COUNT), Column("Median", Kind.DECIMAL))
LIST = (Column("Data"), Column("Produsen"))


def told(groups=(), rows=()):
    tables = (Table("agencies", "Menurut perangkat daerah", COLUMNS, groups), Table("list", "Daftar", LIST, rows))
    return Report("r", "R", Period.month(2026, 12), AT, (), tables)


def bare(cells):
    return tuple(cell for _, cell in cells) if isinstance(cells, tuple) else cells


def found(before, after):
    return [
        (one.table, bare(one.row), one.column.head if one.column else "", bare(one.before), bare(one.after))
        for one in changes(before, after, {"agencies": 1})
    ]


def test_a_cell_a_new_row_and_one_that_is_gone():
    before = told((("Dinas A", 3, 2.5), ("Dinas B", 1, None)), (("Padi", "Dinas A"), ("Padi", "Dinas A")))
    after = told((("Dinas C", 1, 1.0), ("Dinas A", 4, 2.5)), (("Padi", "Dinas A"),))
    assert found(before, after) == [
        ("Menurut perangkat daerah", ("Dinas A",), "Permohonan", 3, 4),
        ("Menurut perangkat daerah", ("Dinas B",), "", (1,), None),
        ("Menurut perangkat daerah", ("Dinas C",), "", None, (1, 1.0)),
        ("Daftar", ("Padi", "Dinas A"), "", (), None),
    ]
    assert found(before, before) == []


def test_a_table_that_the_definition_has_no_more_is_told_row_by_row():
    before = told((("Dinas A", 3, 2.5),))
    gone = Report("r", "R", before.period, AT, (), before.tables[1:])
    assert found(before, gone) == [("Menurut perangkat daerah", ("Dinas A",), "", (3, 2.5), None)]
