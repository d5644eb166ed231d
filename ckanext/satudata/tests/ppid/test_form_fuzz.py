"""Whatever is sent to the public forms of requests and objections: never a fault of the server, and it stays typed.

Odd values, odd bytes and odd bodies from a generator with a fixed seed; a few in each run, many in the long one.
"""

from __future__ import annotations

import random
import re
from types import SimpleNamespace
from urllib.parse import quote_plus

import ckan.model as model
import pytest
from bs4 import BeautifulSoup

from ckanext.satudata.ppid import drafts, requests
from ckanext.satudata.shared import limits
from ckanext.satudata.tests.ppid.conftest import ASKED, link_of, upload
from ckanext.satudata.tests.support.pages import TEXT

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db", "no_limits")

WORDS = "Angka per kecamatan tidak mengenali seorang pun; mohon diberikan."
ODD = [
    *(
        "",
        " ",
        "\n\r\n",
        "0",
        "-1",
        "9" * 40,
        "1e400",
        "NaN",
        "null",
        "true",
        "[]",
        "{}",
        "../../etc/passwd",
        "%00",
        "%",
    ),
    *(
        "a\0b",
        "\ufffe",
        "\u202eabc\u202c",
        "e" + "\u0301" * 200,
        "🧪" * 50,
        "ﷺ",
        "İ",
        "ı",
        "ß" * 99,
        "\u2028",
        "\x1b[31m",
    ),
    *(
        "<script>alert(1)</script>",
        "\"'><b>",
        "{{ 7*7 }}",
        '#import "x"; #read("y")',
        "$x$ \\ `",
        "=1+1",
        "'; drop table x",
    ),
    *("a@b.go.id", "@", "a@", "a" * 300 + "@b.id", "orang@contoh.example\r\nBcc: x@y.z", "0" * 16, "3573014508990001"),
    *("2026-13-40", "9999-12-31", "0000-00-00", "a", "b", "h", "person", "government", "hard", "1/PPID/2026", "A" * 10),
    *("kata " * 900, "x" * 60_000),
]
BAD_BYTES = [b"\xff\xfe", b"\xed\xa0\x80", b"\xc3", b"\x00\x01\x02", bytes(range(128, 256))]
FILES = [
    b"",
    b"%PDF-1.4",
    b"\xff\xd8\xff\xe0" + b"\0" * 50,
    b"\x89PNG\r\n\x1a\n",
    b"GIF89a",
    b"PK\x03\x04",
    b"<svg/>",
    b"x" * 99,
]
ADDRESSES = [
    "/permohonan/baru?q={}&dataset={}&resource={}",
    "/permohonan/lacak?no={}",
    "/permohonan/lacak/{}",
    "/permohonan/lacak/{}/surat/{}",
    "/permohonan/lacak/{}/keberatan",
    "/permohonan/register?from_on={}&until_on={}&page={}",
    "/permohonan/register.csv?from_on={}&until_on={}",
    "/permohonan/jawaban?page={}&q={}",
    "/berkas/{}",
    "/berkas/{}/ketentuan.txt",
    "/berkas/{}/unduh/{}",
    "/surat/{}",
    "/minta-data/{}",
]
LONGEST = 10_000
"""Characters of a field that come back at least; a text may be cut behind them."""
SHORT, LONG = 90, 400
"""Posts of a run."""


@pytest.fixture
def place(asked, row_of, give, people, app, monkeypatch):
    """The forms by name, each with its path, good values and names of files; this browser knows all the requests."""
    # The limit of attempts would end the calls before they are looked at.
    monkeypatch.setattr(limits, "spend", lambda *args, **kw: None)
    rows = {}
    for turn, name in enumerate(("waiting", "lacking", "refused", "given", "closed")):
        row = rows[name] = row_of(asked(email=f"{name}@contoh.example", phone=f"0812 9999 010{turn}"))
        if name == "lacking":
            give(row.case_id, "incomplete", people.ppid, {"missing": ["purpose"]})
        elif name != "waiting":
            give(row.case_id, "route", people.ppid, {"organization_id": people.agency["id"], "dip_result": "listed"})
    why = {"reason_code": "17h", "note": "Data memuat riwayat kesehatan tiap pasien sehingga orangnya dikenali."}
    give(rows["refused"].case_id, "refuse", people.pembantu, why)
    give(rows["refused"].case_id, "forward", people.pembantu)
    give(rows["refused"].case_id, "deliver", people.ppid)
    for name in ("given", "closed"):
        case = rows[name].case_id
        give(case, "grant", people.pembantu)
        give(case, "handover", people.pembantu, {"upload": upload()})
        sha256 = drafts.latest_handover(model.Session, rows[name]).sha256
        give(case, "attest", people.ppid, {"sha256": sha256, "checked": "true"})
        give(case, "deliver", people.ppid)
    at = {name: f"/permohonan/lacak/{row.ref}" for name, row in rows.items()}
    proofs = {name: {"number": row.number, "tracking_code": requests.tracking_code(row)} for name, row in rows.items()}
    link = link_of(rows["given"])
    for proof in proofs.values():
        assert app.post("/permohonan/lacak", data=proof, follow_redirects=False).status_code == 303
    app.post(f"{at['closed']}/selesai", follow_redirects=False)
    return _forms(at, proofs["waiting"], link)


def _forms(at, proof, link):
    repaired = {"question": ASKED["question"], "purpose": "Penelitian tesis tentang layanan kesehatan"}
    repaired |= dict.fromkeys(("name", "institution", "address", "occupation", "phone"), "")
    extra = {"institution": "", "legal_number": "", "power_number": "", "website": "", "dataset": "", "resource": ""}
    return {
        "asking": form("/permohonan/baru", {**ASKED, **extra, "key": "k"}, ("identity", "power")),
        "tracking": form("/permohonan/lacak", proof),
        "repair": form(f"{at['lacking']}/lengkapi", repaired),
        "message": form(f"{at['waiting']}/pesan", {"text": "Apakah datanya per bulan?", "key": "k"}),
        "address": form(f"{at['waiting']}/alamat", {"email": "lain@contoh.example"}),
        "code": form(f"{at['waiting']}/kode", {"code": "123456"}),
        "new code": form(f"{at['waiting']}/kode-baru", {}),
        "withdrawing": form(f"{at['lacking']}/batal", {"sure": ""}),
        "objection": form(
            f"{at['refused']}/keberatan", {"ground": "a", "words": WORDS, "proxy": "", "website": "", "key": "k"}
        ),
        "taking back": form(f"{at['refused']}/keberatan/cabut", {"objection": "1/KEB/2026", "sure": "true"}),
        "response": form(f"{at['refused']}/keberatan/tanggapan", {"objection": "1/KEB/2026", "response": "accepted"}),
        "own data": form(f"{at['waiting']}/salinan", {}),
        "erasure": form(f"{at['closed']}/hapus", {"sure_erase": ""}),
        "survey": form(f"{at['closed']}/survei", {"service": "3", "fit": ""}),
        "giving": form(link, {"terms": "true"}),
    }


def form(path, fields, files=()):
    return SimpleNamespace(path=path, fields=fields, files=files)


def odd(chance):
    """A value that nobody types, as bytes."""
    if chance.random() < 0.1:
        return chance.choice(BAD_BYTES)
    if chance.random() < 0.2:
        return "".join(
            chr(chance.choice((chance.randrange(32, 127), chance.randrange(160, 0xD7FF)))) for _ in range(30)
        ).encode()
    return chance.choice(ODD).encode()


def sent(chance, one):
    """Field and value pairs: good ones, of which some were made odd, left out, doubled or invented."""
    pairs = {name: value.encode() for name, value in one.fields.items()}
    for name in chance.sample(sorted(pairs), min(len(pairs), chance.choice((1, 1, 2, 5)))):
        if chance.random() < 0.15:
            del pairs[name]
        else:
            pairs[name] = odd(chance)
    found = list(pairs.items())
    if chance.random() < 0.1:
        found += [(chance.choice((*one.fields, "act", "x" * 300, "")), odd(chance))]
    return found


def body(chance, one, pairs):
    """Body and content type; now and then one that no browser sends."""
    wild = chance.random()
    if wild < 0.04:
        return b"\xff{" + odd(chance), "application/json"
    if wild < 0.08:
        return b"--x\r\nContent-Disposition: form-data; name=", "multipart/form-data; boundary=x"
    if wild < 0.1:
        return b"&" * 3000 + b"=&%zz=%", "application/x-www-form-urlencoded"
    if one.files or wild < 0.3:
        files = [
            (name, chance.choice(FILES), chance.choice(("a.pdf", "b.png", "../c", "x" * 300, ""))) for name in one.files
        ]
        lines = [b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (n.encode(), v) for n, v in pairs]
        lines += [
            b'--x\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n\r\n%s\r\n'
            % (n.encode(), f.encode(), v)
            for n, v, f in files
            if chance.random() < 0.4
        ]
        return b"".join(lines) + b"--x--\r\n", "multipart/form-data; boundary=x"
    coded = "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)
    return coded.encode(), "application/x-www-form-urlencoded"


def plain(text):
    """What is the same of a text on its way into a page and back."""
    return " ".join(re.sub(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]", "", text).split())


def lost(page, one, pairs):
    """Names of fields of the page's form that do not show what was sent."""
    found = BeautifulSoup(page, "html.parser")
    shown = [box for box in found.select("form[method=post]") if (box.get("action") or one.path) == one.path]
    if not shown:
        return None
    typed = {}
    for name, value in reversed(pairs):
        try:
            typed[name] = plain(value.decode())
        except UnicodeDecodeError:  # nobody typed that; Werkzeug writes such bytes as %ED%A0%80
            typed.pop(name, None)
    return [
        name
        for name, value in typed.items()
        if name in one.fields and name != "website" and not _shown(shown[-1], name, value)
    ]


def _shown(box, name, value):
    """Whether the field of the form shows this text, or has this choice chosen; what it does not offer cannot be."""
    for field in box.select(f'textarea[name="{name}"], input[name="{name}"]'):
        kind = field.get("type", "text")
        if kind == "radio" and value and plain(str(field["value"])) == value and not field.has_attr("checked"):
            return False
        if field.name == "textarea" or kind in TEXT - {"hidden"}:
            seen = plain(field.get_text() if field.name == "textarea" else str(field.get("value") or ""))
            return seen == value or (len(seen) > LONGEST - 100 and value.startswith(seen))
    return True


def fuzz(app, forms, seed, posts):
    """Sends and returns how many refusals were looked at; fails with everything that was wrong."""
    chance, wrong, looked = random.Random(seed), [], 0
    for turn in range(posts):
        name = list(forms)[turn % len(forms)]
        one = forms[name]
        pairs = sent(chance, one)
        data, kind = body(chance, one, pairs)
        told = f"{name} {[(field, value[:60]) for field, value in pairs]} {kind}"
        try:
            answer = app.post(one.path, data=data, content_type=kind, follow_redirects=False)
        except Exception as error:  # that is what the test looks for
            model.Session.rollback()
            wrong.append(f"{told}: {type(error).__name__} {str(error)[:200]}")
            continue
        if answer.status_code >= 500:
            wrong.append(f"{told}: {answer.status_code}")
        elif answer.status_code in (400, 409, 422, 429) and data not in (b"",) and kind != "application/json":
            missing = lost(answer.body, one, pairs) if quoted(data) else None
            looked += missing is not None
            if missing:
                wrong.append(f"{told}: lost {missing}")
    assert not wrong, "\n".join(wrong)
    return looked


def quoted(data):
    """Whether the body is one that a browser would send."""
    return not data.startswith((b"&&", b"--x\r\nContent-Disposition: form-data; name=")) or data.endswith(b"--x--\r\n")


def test_odd_posts(app, place):
    assert fuzz(app, place, 1, SHORT) > SHORT // 10


def test_odd_addresses(app, place):
    chance, wrong = random.Random(2), []
    for pattern in ADDRESSES:
        for _ in range(4):
            path = pattern.format(*(quote_plus(odd(chance)[:2000]) for _ in range(pattern.count("{}"))))
            try:
                status = app.get(path, follow_redirects=False).status_code
            except Exception as error:  # that is what the test looks for
                model.Session.rollback()
                status = f"{type(error).__name__} {str(error)[:200]}"
            if not isinstance(status, int) or status >= 500:
                wrong.append(f"{path[:200]}: {status}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 110))
def test_many_odd_posts(app, place, seed):
    assert fuzz(app, place, seed, LONG) > LONG // 10
