"""Two agencies, of which one decides anew: by an objection, or where two persons put the case outside the SOP."""

from types import SimpleNamespace

import ckan.model as model
import pytest
from bs4 import BeautifulSoup
from ckan.tests.factories import Organization

from ckanext.satudata.domain.errors import Conflict, Invalid
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.case import Case
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.letter_draft import LetterDraft
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_part import PpidPart
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import asked, effects, links, privacy, standing
from ckanext.satudata.shared import clock, process, wording
from ckanext.satudata.shared.actors import SYSTEM, actor_for
from ckanext.satudata.shared.documents import letter_drafts
from ckanext.satudata.shared.work import case_view
from ckanext.satudata.tests.ppid.conftest import _officer, upload
from ckanext.satudata.tests.ppid.test_objections import REASONS, objected
from ckanext.satudata.tests.ppid.test_several_agencies import promised

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
REFUSAL = {"reason_code": "17h", "note": "Data memuat riwayat kesehatan tiap pasien sehingga orangnya dikenali."}


@pytest.fixture
def two(asked, row_of, give, people):
    """A request that lies with two agencies; their PPID Pembantu are `officers`."""
    other = Organization(title="Dinas Sosial")
    row = row_of(asked())
    both = [people.agency["id"], other["id"]]
    give(row.case_id, "route", people.ppid, {"organization_id": both, "dip_result": "listed"})
    return SimpleNamespace(
        row=row, both=both, officers=[people.pembantu, _officer("Kedua", Role.PPID_PEMBANTU, other["id"])]
    )


def opened(row):
    model.Session.expire_all()
    return sorted((step.no, step.organization_id) for step in model.Session.scalars(CaseStep.open_of(row.case_id)))


@pytest.fixture
def answered(two, give, people):
    """Carries an answer to its end: for each agency a file that it gives, or None where it refuses."""

    def carry(*contents):
        for user, content in zip(two.officers, contents, strict=True):
            give(two.row.case_id, "grant" if content else "refuse", user, {} if content else REFUSAL)
        if "8a" in dict(opened(two.row)):
            give(two.row.case_id, "notify", people.ppid, {"promised_on": clock.today().isoformat()})
        for user, content in zip(two.officers, contents, strict=True):
            give(
                two.row.case_id,
                "handover" if content else "forward",
                user,
                {"upload": upload(content)} if content else {},
            )
        files = model.Session.scalars(PpidHandover.latest_of(two.row.id)).all()
        if files:
            give(two.row.case_id, "attest", people.ppid, {"sha256": [one.sha256 for one in files], "checked": "true"})
        steps = {step.no: step.id for step in model.Session.scalars(CaseStep.open_of(two.row.case_id))}
        give(two.row.case_id, "deliver", people.ppid, step_id=steps.get("13") or steps["15"])
        model.Session.expire_all()
        return model.Session.get(PpidRequest, two.row.id)

    return carry


def alive(row):
    return [one.file.organization_id for one in links.given(model.Session, row) if one.standing.state == "alive"]


def test_every_agency_decides_anew_and_none_is_forgotten(two, answered, give, superior):
    answered(b"kec,n\nA,1\n", None)
    give(objected(two.row).case_id, "grant", superior, {"to_step": "8", "reasons": REASONS})
    assert opened(two.row) == sorted(("8", agency) for agency in two.both)
    row = answered(b"kec,n\nA,2\n", b"kec,n\nB,2\n")
    parts = model.Session.scalars(PpidPart.in_force(row.id)).all()
    assert row.decision == "granted" and {part.organization_id for part in parts} == {*two.both}
    assert sorted(alive(row)) == sorted(two.both), "one link each, and none of the answer before"


def test_what_is_refused_anew_is_not_fetched_by_the_former_link(two, answered, give, superior):
    before = answered(b"kec,n\nA,1\n", b"kec,n\nRAHASIA,1\n")
    assert len(alive(before)) == 2
    give(objected(two.row, ground="d").case_id, "grant", superior, {"to_step": "8", "reasons": REASONS})
    row = answered(b"kec,n\nA,2\n", None)
    assert row.decision == "granted_in_part" and alive(row) == [two.both[0]]
    causes = {one.file.organization_id: one.standing.cause for one in links.given(model.Session, row)}
    assert causes[two.both[1]] == links.ANSWERED_ANEW


def test_what_was_agreed_on_is_handed_over_anew_by_who_gives(two, answered, give, superior):
    answered(b"kec,n\nA,1\n", None)
    give(objected(two.row, ground="d").case_id, "grant", superior, {"to_step": "9", "reasons": REASONS})
    assert opened(two.row) == [("9", two.both[0])]


@pytest.mark.parametrize(
    ("to", "said"),
    [("8", "Several agencies"), ("9", "has done its part"), ("14", "has done its part")]
    + [(no, "does not go on") for no in ("5", "5a", "5b", "8a", "16")],
)
def test_nobody_puts_it_where_it_comes_to_no_answer_or_is_one_agencys(two, to, said):
    case = model.Session.get(Case, two.row.case_id)
    instance = process.instance_of(model.Session, case)
    with pytest.raises(Conflict, match=said):
        effects.may_be_put(model.Session, case, instance, to)


def test_an_agency_named_twice_is_asked_once(asked, row_of, give, people):
    row = row_of(asked())
    both = [people.agency["id"], people.agency["name"]]
    give(row.case_id, "route", people.ppid, {"organization_id": both, "dip_result": "listed"})
    assert opened(row) == [("8", people.agency["id"])]


def test_a_file_that_may_be_given_to_nobody_is_not_given_by_a_second_answer(two, answered, give, superior, people):
    row = answered(b"kec,n\nA,1\n", b"kec,n\nB,1\n")
    wrong = links.given(model.Session, row)[1].file
    actor = actor_for(model.User.get(people.ppid["id"]))
    links.end(model.Session, row, actor=actor, reason="Memuat NIK.", cause="personal_data", file_id=wrong.id)
    model.Session.commit()
    give(objected(two.row, ground="d").case_id, "grant", superior, {"to_step": "13", "reasons": REASONS})
    with pytest.raises(Conflict, match="not given again"):
        give(two.row.case_id, "deliver", people.ppid)
    at_counter = {"way": "counter", "manner": "copy", "form": "soft"}
    with pytest.raises(Conflict, match="not given again"):
        give(two.row.case_id, "deliver", people.ppid, at_counter)


def test_a_file_that_waits_is_checked_though_another_is_sent_back(two, give, people):
    for user, content in zip(two.officers, (b"kec,n\nA,1\n", b"kec,n\nB,1\n"), strict=True):
        give(two.row.case_id, "grant", user)
        give(two.row.case_id, "handover", user, {"upload": upload(content)})
    again = {"organization_id": two.both[1], "note": "Berkasnya keliru."}
    give(two.row.case_id, "return_", people.ppid, again)
    assert opened(two.row) == [("10", None), ("8a", None), ("9", two.both[1])]


@pytest.mark.parametrize(("way", "said"), [("link", "You can download it below"), ("counter", "at the counter of")])
def test_what_is_given_is_received_though_the_rest_was_refused_last(two, give, people, way, said):
    for user, content in zip(two.officers, (b"kec,n\nA,1\n", b"kec,n\nB,1\n"), strict=True):
        give(two.row.case_id, "grant", user)
        give(two.row.case_id, "handover", user, {"upload": upload(content)})
    files = model.Session.scalars(PpidHandover.latest_of(two.row.id)).all()
    give(two.row.case_id, "attest", people.ppid, {"sha256": [one.sha256 for one in files], "checked": "true"})
    again = {"organization_id": two.both[1], "note": "Mohon diputus kembali."}
    give(two.row.case_id, "return_", people.ppid, again)
    give(two.row.case_id, "refuse", two.officers[1], REFUSAL)
    give(two.row.case_id, "forward", two.officers[1])
    give(two.row.case_id, "deliver", people.ppid, {"way": way, "manner": "copy", "form": "soft"})
    assert [no for no, _agency in opened(two.row)] == ["16"]
    assert said in told(two.row)["sentence"] and told(two.row)["not_given"]


def told(row):
    with wording.speaking("en"):
        return standing.for_applicant(model.Session, model.Session.get(PpidRequest, row.id))


def test_a_second_answer_tells_where_the_data_is_and_what_is_not_given(two, answered, give, superior, people):
    answered(b"kec,n\nA,1\n", b"kec,n\nB,1\n")
    give(objected(two.row, ground="d").case_id, "grant", superior, {"to_step": "8", "reasons": REASONS})
    first, second = two.officers
    give(two.row.case_id, "grant", first)
    give(two.row.case_id, "refuse", second, REFUSAL)
    give(two.row.case_id, "handover", first, {"upload": upload(b"kec,n\nA,2\n")})
    give(two.row.case_id, "forward", second)
    files = model.Session.scalars(PpidHandover.latest_of(two.row.id)).all()
    give(two.row.case_id, "attest", people.ppid, {"sha256": [one.sha256 for one in files], "checked": "true"})
    assert not told(two.row)["not_given"], "the letter tells it first"
    steps = {step.no: step.id for step in model.Session.scalars(CaseStep.open_of(two.row.case_id))}
    at_counter = {"way": "counter", "manner": "copy", "form": "soft"}
    give(two.row.case_id, "deliver", people.ppid, at_counter, step_id=steps["13"])
    page = told(two.row)
    assert "at the counter of" in page["sentence"] and "ended" not in page["sentence"]
    assert [one["what"] for one in page["not_given"]] == ["the data of Dinas Sosial"]
    assert not alive(two.row)
    actor = actor_for(model.User.get(people.ppid["id"]))
    with pytest.raises(Conflict, match="not part of the answer"):
        links.renew(model.Session, two.row.id, actor=actor)


def test_the_letter_that_gives_is_offered_where_a_refusal_was_forwarded_first(two, give, people):
    first, second = two.officers
    give(two.row.case_id, "grant", first)
    give(two.row.case_id, "refuse", second, REFUSAL)
    give(two.row.case_id, "forward", second)
    give(two.row.case_id, "handover", first, {"upload": upload()})
    files = model.Session.scalars(PpidHandover.latest_of(two.row.id)).all()
    give(two.row.case_id, "attest", people.ppid, {"sha256": [one.sha256 for one in files], "checked": "true"})
    case = model.Session.get(Case, two.row.case_id)
    commands = case_view.commands(model.Session, case, actor_for(model.User.get(people.ppid["id"])))
    offered = [(one["command"], one["step"]) for one in commands if one["command"] in ("deliver", "return_")]
    assert ("deliver", "13") in offered and len(offered) == 2, "each stands once"


@pytest.mark.parametrize("keep", ["entah", [["x"]], False, {}, "@other"])
def test_only_a_decision_in_force_can_be_said_to_stand(two, give, people, keep):
    first, second = two.officers
    give(two.row.case_id, "grant", first)
    give(two.row.case_id, "return_", second, {"note": "Bukan data kami."})
    anew = {"organization_id": two.both[1], "dip_result": "listed"}
    with pytest.raises(Invalid) as caught:
        give(two.row.case_id, "route", people.ppid, {**anew, "keep": two.both[1] if keep == "@other" else keep})
    assert caught.value.field == "keep"
    with pytest.raises(Invalid, match="decides anew"):
        give(two.row.case_id, "route", people.ppid, {**anew, "organization_id": two.both[0], "keep": two.both[0]})
    give(two.row.case_id, "route", people.ppid, {**anew, "keep": None})
    assert model.Session.scalars(PpidPart.in_force(two.row.id)).one().organization_id == two.both[0]


def test_the_form_that_routes_anew_asks_nobody_anew_by_itself(two, give, people, page):
    first, second = two.officers
    give(two.row.case_id, "grant", first)
    give(two.row.case_id, "return_", second, {"note": "Bukan data kami."})
    shown = page(people.ppid, f"/meja/{two.row.case_id}?tindakan=route").body
    ticked = [box["name"] for box in BeautifulSoup(shown, "html.parser").select("input[type=checkbox][checked]")]
    assert ticked == [f"keep:{two.both[0]}"]


def test_what_an_agency_gives_is_not_passed_on_after_an_objection(two, answered, give, superior, people):
    answered(b"kec,n\nA,1\n", None)
    give(objected(two.row, ground="d").case_id, "grant", superior, {"to_step": "7", "reasons": REASONS})
    with pytest.raises(Conflict, match="is in force"):
        give(two.row.case_id, "pass_on", people.ppid, {"body": "Badan Pusat Statistik"})
    assert alive(two.row) == [two.both[0]]


def test_a_refusal_objected_to_may_be_passed_on(two, answered, give, superior, people):
    answered(None, None)
    give(objected(two.row).case_id, "grant", superior, {"to_step": "7", "reasons": REASONS})
    give(two.row.case_id, "pass_on", people.ppid, {"body": "Badan Pusat Statistik"})
    assert not model.Session.scalars(PpidPart.in_force(two.row.id)).all()


def test_a_refusal_after_data_was_given_is_told_as_one(two, answered, give, superior, people):
    answered(b"kec,n\nA,1\n", b"kec,n\nB,1\n")
    give(objected(two.row, ground="d").case_id, "grant", superior, {"to_step": "8", "reasons": REASONS})
    assert answered(None, None).decision == "refused"
    sentence = told(two.row)["sentence"]
    assert "cannot be given" in sentence and "new link" not in sentence and not alive(two.row)


def test_no_step_of_the_office_stays_open_for_nothing(two, give, people):
    for user, content in zip(two.officers, (b"kec,n\nA,1\n", b"kec,n\nB,1\n"), strict=True):
        give(two.row.case_id, "grant", user)
        give(two.row.case_id, "handover", user, {"upload": upload(content)})
        if user is two.officers[0]:
            files = model.Session.scalars(PpidHandover.latest_of(two.row.id)).all()
            sent = {"sha256": [one.sha256 for one in files], "checked": "true"}
            give(two.row.case_id, "attest", people.ppid, sent)
    again = {"organization_id": two.both, "note": "Mohon diputus kembali."}
    give(two.row.case_id, "return_", people.ppid, again, step_id=step_id(two.row, "13"))
    assert [no for no, _agency in opened(two.row) if no != "8a"] == ["8", "8"]


def step_id(row, no):
    return next(step.id for step in model.Session.scalars(CaseStep.open_of(row.case_id)) if step.no == no)


def test_a_part_goes_back_to_the_only_one_that_decided(two, give, people, page):
    first, second = two.officers
    give(two.row.case_id, "return_", first, {"note": "Bukan data kami."})
    give(two.row.case_id, "grant", second)
    give(two.row.case_id, "handover", second, {"upload": upload()})
    again = {"note": "Berkasnya keliru."}
    with pytest.raises(Invalid, match="Choose an agency"):
        give(two.row.case_id, "return_", people.ppid, again)
    form = BeautifulSoup(page(people.ppid, f"/meja/{two.row.case_id}?tindakan=return_").body, "html.parser")
    (agency,) = {one["value"] for one in form.select("input[type=hidden][name=organization_id]")}
    give(two.row.case_id, "return_", people.ppid, {**again, "organization_id": agency})
    assert ("9", two.both[1]) in opened(two.row)
    assert not model.Session.scalars(PpidHandover.latest_of(two.row.id)).all(), "a wrong file is given by no way"


def test_who_has_no_word_that_stands_is_offered_first_where_it_is_routed_anew(two, answered, give, superior):
    answered(b"kec,n\nA,1\n", None)
    give(objected(two.row).case_id, "grant", superior, {"to_step": "7", "reasons": REASONS})
    row = model.Session.get(PpidRequest, two.row.id)
    assert asked.to_ask(model.Session, row) == {two.both[1]}, "what the superior overturned stands no more"
    assert list(asked.decided(model.Session, row)) == [two.both[0]]


def test_a_notice_of_a_refusal_ends_the_former_link(two, answered, give, superior, people):
    answered(b"kec,n\nA,1\n", b"kec,n\nB,1\n")
    give(objected(two.row, ground="d").case_id, "grant", superior, {"to_step": "8", "reasons": REASONS})
    give(two.row.case_id, "grant", two.officers[0])
    give(two.row.case_id, "refuse", two.officers[1], REFUSAL)
    assert sorted(alive(two.row)) == sorted(two.both), "nothing is told before the notice"
    give(two.row.case_id, "notify", people.ppid, {"promised_on": promised()})
    assert alive(two.row) == [two.both[0]]


def test_what_was_answered_is_not_withdrawn(two, answered, give, superior, people):
    answered(b"kec,n\nA,1\n", b"kec,n\nB,1\n")
    give(objected(two.row, ground="d").case_id, "grant", superior, {"to_step": "13", "reasons": REASONS})
    assert "withdraw" not in told(two.row)["can"]
    came = {"channel": "telephone", "received_at": "2026-03-04", "note": "Pemohon menelepon."}
    with pytest.raises(Conflict, match="cannot be withdrawn"):
        give(two.row.case_id, "withdraw", people.ppid, came)


def test_the_bytes_of_a_file_ended_for_good_are_not_given_from_another_file(two, answered, give, superior, people):
    row = answered(b"kec,n\nA,1\n", b"kec,n\nB,1\n")
    actor = actor_for(model.User.get(people.ppid["id"]))
    wrong = links.given(model.Session, row)[0].file
    links.end(model.Session, row, actor=actor, reason="Memuat NIK.", cause="personal_data", file_id=wrong.id)
    model.Session.commit()
    give(objected(two.row, ground="d").case_id, "grant", superior, {"to_step": "8", "reasons": REASONS})
    with pytest.raises(Conflict, match="not given again"):
        answered(b"kec,n\nA,1\n", b"kec,n\nB,2\n")


def test_who_refused_a_part_decides_anew_once_the_superior_overturned_it(two, give, people, superior):
    first, second = two.officers
    give(two.row.case_id, "grant", first)
    parts = {
        "part_1_what": "Per orang",
        "part_1_decision": "refused",
        "part_2_what": "Jumlah",
        "part_2_decision": "granted",
    }
    give(two.row.case_id, "grant_in_part", second, {**REFUSAL, **parts})
    give(two.row.case_id, "notify", people.ppid, {"promised_on": promised()})
    for user, content in zip(two.officers, (b"kec,n\nA,1\n", b"kec,n\nB,1\n"), strict=True):
        give(two.row.case_id, "handover", user, {"upload": upload(content)})
    files = model.Session.scalars(PpidHandover.latest_of(two.row.id)).all()
    give(two.row.case_id, "attest", people.ppid, {"sha256": [one.sha256 for one in files], "checked": "true"})
    give(two.row.case_id, "deliver", people.ppid)
    give(objected(two.row).case_id, "grant", superior, {"to_step": "7", "reasons": REASONS})
    row = model.Session.get(PpidRequest, two.row.id)
    assert asked.to_ask(model.Session, row) == {two.both[1]}
    assert list(asked.decided(model.Session, row)) == [two.both[0]]


def drafted(row, no, command, case_id=None):
    """A letter that waits for its number."""
    case = model.Session.get(Case, case_id or row.case_id)
    steps = model.Session.scalars(CaseStep.open_of(case.id))
    step = next(step for step in steps if no in (None, step.no))
    letter_drafts.keep(model.Session, case, step.id, command, "notice", {"note": "Canary"}, {"to": "Canary"}, SYSTEM)
    model.Session.commit()


def waiting(case_id):
    model.Session.expire_all()
    return [one.command for one in model.Session.scalars(LetterDraft.waiting(case_id))]


def test_a_letter_that_waits_tells_no_decision_that_was_taken_back(two, give, people):
    for user in two.officers:
        give(two.row.case_id, "refuse", user, REFUSAL)
    give(two.row.case_id, "forward", two.officers[1])
    drafted(two.row, "8a", "notify")
    again = {"organization_id": two.both[1], "note": "Mohon diputus kembali."}
    give(two.row.case_id, "return_", people.ppid, again)
    assert waiting(two.row.case_id) == []


def test_no_letter_waits_at_a_step_that_is_left_by_another_command(two, answered, give, superior):
    answered(None, None)
    objection = objected(two.row)
    drafted(two.row, None, "refuse", objection.case_id)
    give(objection.case_id, "grant", superior, {"to_step": "8", "reasons": REASONS})
    assert waiting(objection.case_id) == []


def test_with_a_person_goes_what_waits_at_its_objections(two, answered):
    row = answered(None, None)
    objection = objected(two.row)
    drafted(two.row, None, "refuse", objection.case_id)
    privacy._empty(model.Session, row)
    assert waiting(objection.case_id) == []


def test_what_was_answered_shortly_is_not_withdrawn_either(asked, row_of, give, people, superior):
    row = row_of(asked())
    give(row.case_id, "pass_on", people.ppid, {"body": "Badan Pusat Statistik"})
    give(objected(row, ground="d").case_id, "grant", superior, {"to_step": "7", "reasons": REASONS})
    assert "withdraw" not in told(row)["can"]
    came = {"channel": "telephone", "received_at": "2026-03-04", "note": "Pemohon menelepon."}
    with pytest.raises(Conflict, match="cannot be withdrawn"):
        give(row.case_id, "withdraw", people.ppid, came)
