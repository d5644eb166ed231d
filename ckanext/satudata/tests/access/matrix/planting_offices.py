"""What the offices keep: requests, letters, files handed over, links, mails, invitations, settings, harvest, jobs."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import ckan.model as model
import ckan.plugins.toolkit as tk
import sqlalchemy as sa
from ckan.lib import jobs
from ckan.lib.files import make_upload
from freezegun import freeze_time

from ckanext.satudata.model.case import Case
from ckanext.satudata.model.invitation import Invitation
from ckanext.satudata.model.letter import Letter
from ckanext.satudata.model.objection import Objection
from ckanext.satudata.model.officer_role import OfficerRole
from ckanext.satudata.model.outbox import Outbox
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.model.vault_object import VaultObject
from ckanext.satudata.ppid import addresses, links, requests
from ckanext.satudata.reports import jobs as report_jobs
from ckanext.satudata.shared import clock, journal, notices
from ckanext.satudata.shared.actors import SYSTEM, actor_for
from ckanext.satudata.shared.documents import case_letters
from ckanext.satudata.shared.files import grants
from ckanext.satudata.shared.levels import classification
from ckanext.satudata.shared.people import invitations
from ckanext.satudata.shared.work import desk, outputs
from ckanext.satudata.tests.access.matrix.canaries import NOBODY, SECRET
from ckanext.satudata.tests.access.matrix.planting import World, command, file, note, scan
from ckanext.satudata.tests.access.matrix.planting_complaints import complaints
from ckanext.satudata.tests.posts.support import picture

STORAGE = "kantor"
"""A storage of CKAN's own, as a portal may have one for other things."""
REASON = "karena memuat riwayat kesehatan orang yang dapat dikenali"


def offices(at: World) -> None:
    """Everything of this module but what concerns the grantee, which the public world holds already."""
    _given(at)
    _refused(at)
    _waiting(at)
    _note_requests(at)
    _reports_and_journal(at)
    _people(at)
    _decrees(at)
    _by_hand(at)
    complaints(at)
    _post(at)
    _harvest(at)
    _tasks_and_jobs(at)
    _core_file(at)
    _settings(at)


def grantee(at: World) -> None:
    """A link to the limited file that has ended; its token is known to the grantee."""
    vault = model.Session.query(VaultObject).join(
        _files := sa.table("satudata_resource_file", sa.column("vault_object_id"), sa.column("resource_id")),
        _files.c.vault_object_id == VaultObject.id,
    )
    kept = vault.filter(_files.c.resource_id == at.datasets["limited"]["resources"][0]["id"]).one()
    with freeze_time(clock.now() - timedelta(days=30)):
        grant, token = grants.issue(
            model.Session,
            vault_object_id=kept.id,
            until=clock.now() + timedelta(days=7),
            max_downloads=3,
            reason=at.book.word("reason of a grant", by=NOBODY, may=("grantee",)),
            actor=SYSTEM,
            to_user_id=at.people["grantee"]["id"],
        )
    model.Session.commit()
    at.hide("grant", grant.id, secret=False)
    at.public["token"].append(token)


def _ask(at: World, label: str, nik: str, phone: str) -> PpidRequest:
    word = at.book.word
    mail = f"{word(f'{label}: mail', by='ppid')}@kanari.example"
    made = at.call(
        None,
        "satudata_ppid_request_create",
        question=f"{word(f'{label}: question', by='pembantu')} data yang dimohon",
        purpose=f"{word(f'{label}: purpose', by='pembantu')} penelitian pelayanan kesehatan",
        applicant_kind="legal_entity",
        name=f"{word(f'{label}: name', by='ppid')} Nama",
        institution=f"{word(f'{label}: institution', by='ppid')} Yayasan",
        address=f"Jalan {word(f'{label}: address', by='ppid')} Nomor 7",
        occupation=word(f"{label}: occupation", by="ppid"),
        nik=at.book.known(nik, f"{label}: NIK", by="ppid"),
        phone=at.book.known(phone, f"{label}: phone", by="ppid"),
        email=mail,
        form="soft",
        consent="true",
        citizen="true",
        legal_number="AHU-0000001.AH.01.07.Tahun 2020",
        key=label,
        dataset=at.datasets["limited"]["id"],
        resource=at.datasets["limited"]["resources"][0]["id"],
    )
    row = model.Session.get(PpidRequest, made["id"])
    at.book.known(made["tracking_code"], f"{label}: tracking code", NOBODY)
    addresses.confirm(model.Session, row.id, requests.confirmation_code(row))
    model.Session.commit()
    return row


def _route(at: World, label: str, row: PpidRequest) -> str:
    words = {"note": note(at, f"{label} routed", by="ppid"), "dip_result": "listed"}
    command(at, "ppid", row.case_id, "route", organization_id=at.org["id"], **words)
    return row.case_id


def _given(at: World) -> None:
    row = _ask(at, "given request", "3573014508990001", "081299990007")
    case = _route(at, "given request", row)
    command(at, "pembantu", case, "grant", note=note(at, "given request granted", by="pembantu"))
    command(at, "pembantu", case, "handover", upload=file(at, "file handed over", by="ppid"))
    handed = model.Session.scalars(PpidHandover.latest_of(row.id)).one()
    at.hide("handover", handed.id, by="ppid")
    command(at, "ppid", case, "attest", sha256=handed.sha256, checked="true")
    command(at, "ppid", case, "deliver", note=note(at, "given request delivered", by="ppid"))
    model.Session.expire_all()
    link = links.given(model.Session, model.Session.get(PpidRequest, row.id))[0].path
    at.book.known(link.rsplit("/", 1)[-1], "token of a link that works")


def _refused(at: World) -> None:
    row = _ask(at, "refused request", "3573014508990002", "081299990008")
    case = _route(at, "refused request", row)
    why = f"{at.book.word('explanation of a refusal', by='pembantu')} {REASON}"
    detail = f"UU 27/2022 {at.book.word('detail of a refusal', by=NOBODY)}"
    command(at, "pembantu", case, "refuse", reason_code="17j", note=why, detail=detail)


def _waiting(at: World) -> None:
    row = _ask(at, "waiting request", "3573014508990003", "081299990009")
    case, actor = model.Session.get(Case, row.case_id), actor_for(model.User.get(at.people["ppid"]["name"]))
    note = at.book.word("note in a letter that waits for its number", by="ppid")
    payload = {"organization_id": at.org["id"], "dip_result": "listed", "note": note}
    at.hide("draft", case_letters.keep(desk.presenter("request"), case, "route", payload, actor).id, by="ppid")
    at.call(
        None,
        "satudata_objection_create",
        number=row.number,
        tracking_code=requests.tracking_code(row),
        ground="b",
        words=f"{at.book.word('words of an objection', by='ppid')} laporan tahunan tidak ada",
        proxy=at.book.word("proxy of an objection", by="ppid"),
    )


def _note_requests(at: World) -> None:
    for row in model.Session.query(PpidRequest):
        at.hide("request", row.id, by="ppid")
        at.hide("ref", row.ref, by="ppid")
        at.hide("number", row.number, secret=False)  # the next in a row, which anybody can guess
        at.hide("case", row.case_id, by="ppid")
    for objection in model.Session.query(Objection):
        at.hide("objection", objection.id, by="ppid")
        at.hide("case", objection.case_id, by="ppid")
    for letter in model.Session.query(Letter):
        at.hide("letter", letter.id, by="ppid")
        at.book.known(letter.check_code, f"check code of {letter.kind}", by=NOBODY)
        at.book.known(letter.sha256, f"sha256 of {letter.kind}", by=NOBODY)


def _reports_and_journal(at: World) -> None:
    today = clock.today()
    last = today.replace(day=1) - timedelta(days=1)
    month = {"from_on": last.replace(day=1).isoformat(), "until_on": last.isoformat()}
    filed = at.call("walidata", "satudata_report_file", name="dissemination", **month)
    at.hide("report", filed["report"], by="walidata")
    at.hide("case", filed["id"], by="walidata")
    job = at.call("walidata", "satudata_report_job_create", name="dissemination", formats=["csv"], **month)
    report_jobs.run(job["id"])
    at.hide("report_job", job["id"], by="walidata")
    journal.append(
        model.Session,
        "test_mail_sent",
        actor=SYSTEM,
        subject=("portal", "kanari"),
        payload={"kanari": at.book.word("payload of the journal", by=NOBODY)},
        text=at.book.word("text of the journal", by="walidata"),
    )
    secret = {"nomor": at.book.word("content of a waiting mail", by=NOBODY)}
    address = f"{at.book.word('address of a waiting mail', by=NOBODY)}@kanari.example"
    notices.queue(model.Session, "test_mail", to_email=address, params=secret)
    model.Session.commit()
    at.hide("mail", *model.Session.scalars(sa.select(Outbox.id)), by="walidata")


def _people(at: World) -> None:
    word = at.book.word
    at.call(
        "walidata",
        "satudata_officer_assign",
        email=f"{word('mail of an invited officer', by='walidata')}@kanari.example",
        fullname=f"{word('name of an invited officer', by='walidata')} Nama",
        role="operator",
        organization_id=at.org["id"],
        letter_number=word("letter of an invited officer", by="walidata"),
    )
    for invitation in model.Session.query(Invitation):
        at.hide("invitation", invitations.token_of(invitation.id), by=SECRET)
        at.hide("pending", invitation.user_id, by="walidata")
    at.hide("role", *model.Session.scalars(sa.select(OfficerRole.id)), by="walidata")
    user = model.User.get(at.people["operator"]["id"])
    user.reset_key = word("reset key", by=SECRET)
    user.plugin_extras = {**(user.plugin_extras or {}), "kanari": word("extras of an account", by="admin")}
    model.Session.commit()
    name = word("name of an API token", by="admin")
    token = at.call("operator", "api_token_create", user=at.people["operator"]["name"], name=name)["token"]
    at.book.known(token, "an API token")


OFFICERS = ("other agency",)
"""The outsider who is an officer elsewhere: he may read what is for officers of every agency."""


def _decrees(at: World) -> None:
    """A decree with lines and scan, minutes, words of the list of excluded information, a test under way."""
    word, closed = at.book.word, at.datasets["closed"]["id"]
    lines = [{"what": word("line of a decree"), "level": "tertutup", "dataset": closed}]
    made = at.call(
        "walidata",
        "satudata_decree_create",
        kind="head_decree",
        number=f"188/{word('number of a decree', may=OFFICERS)}",
        title=word("title of a decree", may=OFFICERS),
        dated_on="2026-02-03",
        rows=lines,
        scan=scan(at, "scan of a decree"),
    )
    at.hide("decree", made["id"], secret=False)
    held = at.call(
        "walidata",
        "satudata_minutes_create",
        kind="test",
        held_on="2026-02-01",
        subject=word("subject of minutes"),
        result=word("result of minutes"),
        dataset=closed,
        decree_id=made["id"],
        scan=scan(at, "scan of minutes"),
    )
    at.hide("minutes", held["id"])
    text = f"{word('words of the excluded list, not ticked', by='ppid')} informasi yang dikecualikan"
    at.call("ppid", "satudata_dik_row_set", id=closed, public_text=text, is_public=False)
    proposal = {"access_basis": f"UU {word('proposal of a test', by='walidata')}"}
    case = classification.open_case(model.Session, closed, "period", actor=SYSTEM, data={"proposal": proposal})
    model.Session.commit()
    at.hide("case", case.id, by="walidata")


def _by_hand(at: World) -> None:
    """A process that an officer began, with the document of its first step."""
    word = at.book.word
    title = word("title of a process", by="walidata")
    begun = at.call("walidata", "satudata_case_start", process="decree", organization_id="", title=title)
    sent = {
        "output_1_file": scan(at, "document of a step", by="walidata"),
        "output_1_number": word("number of a document", by="walidata"),
        "output_1_on": "2026-02-01",
    }
    at.call("walidata", "satudata_case_command", id=begun["id"], command="record", **sent)
    at.hide("case", begun["id"], by="walidata")
    for row in outputs.of_case(model.Session, begun["id"]):
        at.hide("output", row["id"], by="walidata")


def _post(at: World) -> None:
    """A post that is being drafted: nobody but the officers of its agency knows of it."""
    word, agency = at.book.word, at.org["id"]
    about = {"process": "channel_post", "organization_id": agency, "title": word("post: what it is begun as", NOBODY)}
    begun = at.call("head", "satudata_case_start", **about)
    at.hide("case", begun["id"])
    for who in ("head", "verifier"):
        command(at, who, begun["id"], "record", note=note(at, f"order of a post by {who}"))
    at.call(
        "operator",
        "satudata_post_save",
        id=begun["id"],
        version=0,
        title=f"{word('post: title')} judul",
        caption=f"{word('post: caption')} keterangan",
        tags=word("post: hashtag"),
        sources=[at.datasets["changed"]["resources"][0]["id"]],
        file=picture(f"{word('post: file name')}.png"),
        alt=f"{word('post: alternative text')} teks",
    )
    drawn = model.Session.query(VaultObject).filter_by(purpose="post").one()
    at.hide("drawing", drawn.id)


def _harvest(at: World) -> None:
    # Not above: once imported, it asks for its tables whenever a dataset goes, in tests that have none too.
    from ckanext.harvest import model as harvest

    word = at.book.word
    words = {part: word(f"harvest source: {part}", by="walidata") for part in ("name", "title", "url", "notes", "key")}
    source = at.call(
        "admin",
        "harvest_source_create",
        name=f"sumber-{words['name']}",
        title=f"{words['title']} sumber",
        url=f"https://{words['url']}.example",
        notes=words["notes"],
        source_type="ckan",
        owner_org=at.org["id"],
        config=json.dumps({"api_key": words["key"]}),
    )
    at.hide("source", source["id"], source["name"], by="walidata")
    job = harvest.HarvestJob(source=harvest.HarvestSource.get(source["id"]))
    job.status = "Finished"
    job.save()
    record = {"id": "x", "title": word("harvest object: content", by="walidata")}
    found = harvest.HarvestObject(guid=word("harvest object: guid", by="walidata"), job=job, content=json.dumps(record))
    found.save()
    harvest.HarvestGatherError(message=word("harvest: gather error", by="walidata"), job=job).save()
    words["error"] = word("harvest: object error", by="walidata")
    harvest.HarvestObjectError(message=words["error"], object=found, stage="Import").save()
    model.Session.add(harvest.HarvestLog(content=word("harvest: log", by="admin"), level="ERROR"))
    model.Session.commit()
    at.hide("job", job.id, by="walidata")
    at.hide("harvest object", found.id, by="walidata")


def _tasks_and_jobs(at: World) -> None:
    word = at.book.word
    for label in ("draft", "approved"):
        at.call(
            None,
            "task_status_update",
            entity_id=at.datasets[label]["resources"][0]["id"],
            entity_type="resource",
            task_type="xloader",
            key="xloader",
            value=json.dumps({"job_key": word(f"{label}: task's value"), "job_id": "1"}),
            error=json.dumps({"pesan": word(f"{label}: task's error")}),
            state="error",
            last_updated="2026-01-01T00:00:00",
        )
    queued = jobs.enqueue(len, [[word("argument of a job", by=NOBODY)]], title=word("title of a job", by="admin"))
    at.hide("queued", queued.id, by="admin")


def _core_file(at: World) -> None:
    name, content = (at.book.word(f"core file: {part}", by="admin") for part in ("name", "content"))
    made = tk.get_action("file_create")(
        {"user": at.people["operator"]["name"], "ignore_auth": True},
        {"name": f"{name}.txt", "upload": make_upload(content.encode()), "storage": STORAGE},
    )
    at.hide("file", made["id"], by="admin")
    at.hide("location", made["location"], by="admin", secret=False)


SECRET_OPTIONS = (
    "smtp.password",
    "smtp.user",
    "ckanext.xloader.api_token",
    "beaker.session.secret",
    "api_token.jwt.encode.secret",
)


def _settings(at: World) -> None:
    for name in SECRET_OPTIONS:
        tk.config[name] = f"{at.book.word(f'option {name}', by=SECRET)}" * 3
    for name in ("SECRET_KEY", "sqlalchemy.url", "ckan.datastore.write_url", "ckan.redis.url"):
        at.book.known(str(tk.config[name]), f"option {name}")
    key = next(iter(crypto_keys()))
    at.book.known(key, "key of applicants' data")


def crypto_keys() -> list[str]:
    """The keys of applicants' data, as the file holds them."""
    with open(tk.config["ckanext.satudata.key_file"], encoding="utf-8") as stream:
        return [line.strip() for line in stream if line.strip()]


def rows(at: World, engine: Any) -> None:
    """Tables that a crash could have left in the DataStore; CKAN's own action refuses to make them."""
    for label, place in (("limited", 0), ("draft", 0), ("mixed", 2)):
        rid = at.datasets[label]["resources"][place]["id"]
        column, row = (at.book.word(f"{label}: DataStore {part}", by=NOBODY) for part in ("column", "row"))
        with engine.begin() as connection:
            connection.execute(
                sa.text(f'create table "{rid}" (_id serial primary key, _full_text tsvector, "{column}" text)')
            )
            connection.execute(sa.text(f'insert into "{rid}" ("{column}") values (:row)'), {"row": row})
