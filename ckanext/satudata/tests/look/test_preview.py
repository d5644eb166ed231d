"""The first rows of a released file, as they stand in it; what cannot be read says so."""

import io
import zipfile

import ckan.model as model
import openpyxl
import pytest

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.shared.files import preview
from ckanext.satudata.tests.look.places import make, publish, settle
from ckanext.satudata.tests.support import bombs

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def _book(rows):
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def _damaged():
    """A packed file whose parts are missing: whole enough to be uploaded."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as packed:
        packed.writestr("xl/workbook.xml", "<broken")
    return target.getvalue()


FILES = {
    "a.csv": ("Kecamatan;Jumlah\nKlojen;12\nBlimbing;7\n".encode("utf-8-sig"), [["Klojen", "12"], ["Blimbing", "7"]]),
    "b.csv": ("Kecamatan,Jumlah\nDésa,007\n".encode(), [["Désa", "007"]]),
    "c.xlsx": (_book([["Kecamatan", "Jumlah"], [None, None], ["Klojen", 12.5]]), [["Klojen", "12.5"]]),
}
BROKEN = {
    "d.xlsx": _damaged(),
    "e.xlsx": bombs.beyond_the_texts(),
    "f.csv": b"only a head\n",
    "g.xlsx": bombs.wide(),
}


def test_first_rows_of_public_files_only(app):
    place = settle()
    files = {**{name: content for name, (content, _rows) in FILES.items()}, **BROKEN}
    name = publish(make(place, "qx-berkas", "terbuka", files))
    found = {one.name: one.id for one in model.Package.get(name).resources}
    for file, (_content, rows) in FILES.items():
        assert preview.of_resource(model.Session, found[file]).rows == rows
        page = app.get(f"/dataset/{name}?pratinjau={found[file]}").body
        assert f">{rows[0][0]}<" in page
    for file in BROKEN:
        with pytest.raises(Invalid):
            preview.of_resource(model.Session, found[file])
        for path in (f"/dataset/{name}?pratinjau={found[file]}", f"/dataset/{name}/resource/{found[file]}"):
            assert "Berkas tidak dapat ditampilkan di sini." in app.get(path, status=200).body
    assert "lebih lebar dari 200 kolom" in app.get(f"/dataset/{name}?pratinjau={found['g.xlsx']}").body
    for kind in ("limited", "draft"):
        for resource in model.Package.get(place[kind]).resources:
            assert preview.of_resource(model.Session, resource.id) is None


def test_long_file_is_cut():
    found = preview.first_rows([["a", "b"], *([str(number), "x"] for number in range(100_000))])
    assert len(found.rows) == 20 and not found.is_whole and found.numeric == {0}


def _merged_headings():
    """As agencies write it: a title over all columns, years over their two columns, a name over both rows."""
    book = openpyxl.Workbook()
    for row in (
        ["Murid menurut Kecamatan", None, None, None, None, None],
        ["Kecamatan", 2023, None, 2024, None, "Jumlah"],
        [None, "Laki-laki", "Perempuan", "Laki-laki", "Perempuan", None],
        ["Klojen", 1, 2, 3, 4, 10],
        ["Blimbing", 5, 6, 7, 8, None],
    ):
        book.active.append(row)
    for merged in ("A1:F1", "A2:A3", "B2:C2", "D2:E2", "F2:F3"):
        book.active.merge_cells(merged)
    target = io.BytesIO()
    book.save(target)
    return target.getvalue()


def test_merged_headings_show_every_column():
    found = preview.first_rows(preview._of_book(_merged_headings()))
    assert found.titles == ("Murid menurut Kecamatan",)
    assert found.headers == [
        "Kecamatan", "2023 / Laki-laki", "2023 / Perempuan", "2024 / Laki-laki", "2024 / Perempuan", "Jumlah"
    ]  # fmt: skip
    assert found.rows == [["Klojen", "1", "2", "3", "4", "10"], ["Blimbing", "5", "6", "7", "8", ""]]
    assert found.numeric == {1, 2, 3, 4, 5}


@pytest.mark.parametrize(
    ("rows", "headers", "first"),
    [
        ([["Judul"], [None], ["a", "b"], ["x", 1]], ["a", "b"], ["x", "1"]),
        ([["a", "b"], ["x", 1, "lebih"], ["y"]], ["a", "b", ""], ["x", "1", "lebih"]),
        ([["", "a", "b"], ["0", "x", "y"]], ["", "a", "b"], ["0", "x", "y"]),
        ([["", "2023", ""], ["Nama", "L", "P"], ["x", "1", "2"]], ["Nama", "2023 / L", "2023 / P"], ["x", "1", "2"]),
        ([["satu"], ["x"]], ["satu"], ["x"]),
    ],
)
def test_the_widest_of_the_first_rows_decides(rows, headers, first):
    found = preview.first_rows(rows)
    assert (found.headers, found.rows[0]) == (headers, first)
