"""What applicants attach: small, without EXIF, encrypted, seen by the office that answers and by nobody else."""

import io
from types import SimpleNamespace

import ckan.model as model
import pillow_heif
import pytest
import sqlalchemy as sa
from PIL import Image

from ckanext.satudata.domain.applicant import FileKind
from ckanext.satudata.domain.errors import Invalid, NotThere
from ckanext.satudata.model.applicant_file import ApplicantFile
from ckanext.satudata.model.journal import Journal
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.ppid import applicant_files, pictures
from ckanext.satudata.shared import crypto, vault

PDF = b"%PDF-1.7\nrahasia canary\n%%EOF\n"


def upload(body, name="ktp-canary.jpg"):
    return SimpleNamespace(filename=name, stream=io.BytesIO(body))


def picture(kind="JPEG", size=(3000, 1500), mode="RGB", **more):
    made = io.BytesIO()
    image = Image.new(mode, size, "red" if mode == "RGB" else (0, 0, 0, 0))
    image.save(made, kind, **more)
    return made.getvalue()


def exif():
    notes = Image.Exif()
    notes[0x010F], notes[0x0112] = "Kamera Canary", 6
    notes.get_ifd(0x8825)[1] = "S"
    return notes


def heic():
    made = io.BytesIO()
    pillow_heif.from_pillow(Image.new("RGB", (2400, 300), "blue")).save(made)
    return made.getvalue()


@pytest.mark.parametrize("body", [picture(), picture("PNG"), picture("PNG", mode="RGBA"), heic()])
def test_pictures_become_small_jpegs(body):
    made = pictures.read(upload(body), "identity")
    with Image.open(io.BytesIO(made.body)) as small:
        assert small.format == "JPEG" and max(small.size) == pictures.LONGEST_SIDE
    assert made.content_type == "image/jpeg"


def test_what_the_camera_noted_is_gone_and_the_picture_upright():
    body = picture(exif=exif())
    assert b"Kamera Canary" in body
    made = pictures.read(upload(body), "identity").body
    with Image.open(io.BytesIO(made)) as small:
        assert not small.getexif() and small.size == (1000, 2000)
    assert b"Kamera" not in made


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"just text",
        b"GIF89a" + b"0" * 50,
        b"%PDF-1.7 broken off",
        picture()[:2000],
        b"\x89PNG\r\n\x1a\n" + b"\0" * 40,
        b"x" * (pictures.MOST_BYTES + 1),
    ],
)
def test_what_is_no_document_is_refused_by_its_field(body):
    with pytest.raises(Invalid) as refused:
        pictures.read(upload(body), "identity")
    assert refused.value.field == "identity"


def test_text_in_place_of_a_file_is_refused_and_an_empty_field_is_none():
    assert pictures.read(None, "identity") is None
    assert pictures.read(upload(b"", name=""), "identity") is None
    with pytest.raises(Invalid):
        pictures.read("ktp.jpg", "identity")


@pytest.fixture
def attached(asked, row_of):
    """A request with an identity document; its row and the file's."""
    row = row_of(asked(identity=upload(PDF, "ktp-canary.pdf")))
    return row, model.Session.scalars(ApplicantFile.of_request(row.id)).one()


@pytest.mark.usefixtures("with_plugins", "satudata_db")
class TestKept:
    def test_vault_and_tables_hold_nothing_in_clear(self, attached):
        _row, file = attached
        stored = model.Session.get(VaultObject, file.vault_id)
        assert b"canary" not in vault.read_bytes(model.Session, file.vault_id)
        assert "canary" not in stored.original_name and stored.created_by is None
        assert crypto.unseal_file(vault.read_bytes(model.Session, file.vault_id), file.file_key) == PDF

    def test_the_office_opens_it_and_each_look_is_journalled(self, attached, people, page):
        row, file = attached
        address = f"/permohonan/berkas-pemohon/{file.id}"
        for times in (1, 2):
            answer = page(people.ppid, address)
            assert answer.body == PDF or answer.data == PDF
            assert (
                "attachment" in answer.headers["Content-Disposition"] and "no-store" in answer.headers["Cache-Control"]
            )
            assert "canary" not in answer.headers["Content-Disposition"]
            looks = sa.select(sa.func.count()).where(
                Journal.event == "applicant_file_viewed", Journal.chain == row.case_id
            )
            assert model.Session.scalar(looks) == times
        for stranger in (people.pembantu, people.auditor, people.other):
            assert page(stranger, address).status_code == 404

    def test_a_rotated_key_opens_it_still(self, attached, tmp_path, monkeypatch):
        import shutil

        import ckan.plugins.toolkit as tk

        _row, file = attached
        copy = tmp_path / "keys"
        shutil.copy(crypto.key_path(), copy)
        monkeypatch.setitem(tk.config, "ckanext.satudata.key_file", str(copy))
        crypto.add_key()
        crypto.reseal(model.Session.connection())
        crypto.prune_keys()
        model.Session.expire_all()
        assert crypto.unseal_file(vault.read_bytes(model.Session, file.vault_id), file.file_key) == PDF
        model.Session.rollback()

    def test_erased_it_is_gone_from_the_vault(self, attached):
        row, file = attached
        assert applicant_files.erase(model.Session, row.id) == 1
        model.Session.commit()
        with pytest.raises(NotThere):
            vault.get(model.Session, file.vault_id)

    def test_a_request_refused_stores_no_file(self, asked):
        import ckan.plugins.toolkit as tk

        with pytest.raises(tk.ValidationError):
            asked(identity=upload(PDF), purpose="")
        assert model.Session.scalar(sa.select(sa.func.count()).select_from(VaultObject)) == 0

    def test_a_group_brings_its_power_of_attorney(self, asked, row_of):
        import ckan.plugins.toolkit as tk

        group = {"applicant_kind": "group", "institution": "Warga RW 5", "power_number": "1/2026"}
        with pytest.raises(tk.ValidationError) as refused:
            asked(**group)
        assert set(refused.value.error_dict) == {"power"}
        row = row_of(asked(**group, power=upload(PDF)))
        assert [file.kind for file in model.Session.scalars(ApplicantFile.of_request(row.id))] == [FileKind.POWER.value]

    def test_what_was_missing_is_attached_when_a_request_is_completed(self, asked, row_of, give, people, app):
        from ckanext.satudata.ppid import requests
        from ckanext.satudata.ppid.asking_privacy import _files

        row = row_of(asked(identity=upload(PDF)))
        give(row.case_id, "incomplete", people.ppid, {"missing": ["identity"]})
        app.post("/permohonan/lacak", data={"number": row.number, "tracking_code": requests.tracking_code(row)})
        address = f"/permohonan/lacak/{row.ref}/lengkapi"

        def send(body, **more):
            sent = {"identity": (io.BytesIO(body), "ktp.pdf"), **more}
            return app.post(address, data=sent, content_type="multipart/form-data", follow_redirects=False)

        def kept():
            model.Session.expire_all()
            return [file.kind for file in model.Session.scalars(ApplicantFile.of_request(row.id))]

        broken = send(b"no document", address="Jalan Mawar 7")
        assert broken.status_code == 400 and "Jalan Mawar 7" in broken.body and 'id="error-identity"' in broken.body
        assert kept() == ["identity"], "nothing of a refused form is stored"
        assert send(PDF).status_code == 303 and kept() == ["identity", "identity"]
        assert send(PDF).status_code == 400 and len(kept()) == 2, "completed once"
        assert len({name for name, _body in _files(model.Session, row)}) == 2
        entry = model.Session.scalars(sa.select(Journal).where(Journal.event == "request_repaired")).one()
        assert entry.payload["fields"] == ["identity"]
