"""Requests that several agencies are asked for, taken any way that officers can take them.

A random walk against a model of its own (`Walk`): after each answer the links that work lead to exactly the files of
the agencies that give, the decision is that of all agencies together, and no walk ends where nobody can go on.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import timedelta

import ckan.model as model
import pytest
from ckan.tests.factories import Organization

from ckanext.satudata.domain.errors import SatudataError
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.model.base import new_id
from ckanext.satudata.model.case_step import CaseStep
from ckanext.satudata.model.objection import Objection
from ckanext.satudata.model.ppid_handover import PpidHandover
from ckanext.satudata.model.ppid_part import PpidPart
from ckanext.satudata.model.ppid_request import PpidRequest
from ckanext.satudata.ppid import links, objection_effects, objections
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.actors import actor_for
from ckanext.satudata.shared.transaction import transaction
from ckanext.satudata.shared.work import override
from ckanext.satudata.tests.ppid.conftest import _officer, upload
from ckanext.satudata.tests.ppid.test_objections import REASONS, objected

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")
REFUSAL = {"reason_code": "17h", "note": "Data memuat riwayat kesehatan tiap pasien sehingga orangnya dikenali."}
NOT_HELD = {"note": "Data ini tidak ada pada perangkat daerah kami.", "detail": "Badan Pusat Statistik"}
GIVES = ("grant",)
STEPS = 30
ENOUGH = 80
"""Usual steps within which any request comes to its answer."""


@dataclass
class Walk:
    """One request with what must be true of it, kept apart from how the portal keeps it."""

    seed: int
    row: PpidRequest
    people: object
    superior: dict
    second: dict
    """Another PPID, who confirms."""
    officers: dict[str, dict]
    """PPID Pembantu by agency."""
    give: object
    decided: dict[str, str | None] = field(default_factory=dict)
    """What each agency in play has decided; None: it is asked and has not."""
    files: dict[str, str] = field(default_factory=dict)
    put_back: bool = False
    answers: int = 0
    made: int = 0
    trail: list[str] = field(default_factory=list)

    def __post_init__(self):
        self.chance = random.Random(self.seed)

    # ---------------------------------------------------------------- what the portal says

    def open(self):
        model.Session.rollback()
        model.Session.expire_all()
        return list(model.Session.scalars(CaseStep.open_of(self.row.case_id)))

    def request(self):
        model.Session.expire_all()
        return model.Session.get(PpidRequest, self.row.id)

    def alive(self):
        given = links.given(model.Session, self.request())
        return {one.file.filename for one in given if one.standing.state == "alive"}

    def done(self, command, user, payload=None, step=None, agency=None):
        """Whether the portal took the command."""
        try:
            self.give(self.row.case_id, command, user, payload or {}, step_id=step.id if step else None)
        except SatudataError as refusal:
            model.Session.rollback()
            self.trail.append(f"{command} {agency or ''} refused: {refusal.message}")
            return False
        self.trail.append(f"{command} {agency or ''} {payload if command in ('route', 'return_') else ''}")
        return True

    # ---------------------------------------------------------------- what officers do

    def route(self, step, agencies, keep=None):
        payload = {"organization_id": list(agencies), "dip_result": "listed"}
        if keep is not None:
            payload["keep"] = list(keep)
        if not self.done("route", self.people.ppid, payload, step):
            return
        stands = set(self.decided) if keep is None else set(keep)
        for agency, decision in list(self.decided.items()):
            is_silent = decision is None and self.put_back
            if agency not in agencies and (is_silent or (decision is not None and agency not in stands)):
                del self.decided[agency]
                self.files.pop(agency, None)
        for agency in agencies:
            self.decided[agency] = None
            self.files.pop(agency, None)
        self.put_back = False

    def decide(self, step, command):
        payload = REFUSAL if command == "refuse" else NOT_HELD if command == "not_held" else {}
        if self.done(command, self.by(step), payload, step, step.organization_id):
            self.decided[step.organization_id] = command
            self.files.pop(step.organization_id, None)

    def by(self, step):
        return self.people.ppid if step.role == Role.PPID.value else self.officers[step.organization_id]

    def handover(self, step):
        self.made += 1
        name = f"berkas-{self.made}.csv"
        body = f"kecamatan,jumlah\nKlojen,{self.made}\n".encode()
        if self.done("handover", self.by(step), {"upload": upload(body, name)}, step, step.organization_id):
            assert self.decided[step.organization_id] in GIVES, "only who gives hands over"
            self.files[step.organization_id] = name

    def attest(self, step):
        files = model.Session.scalars(PpidHandover.latest_of(self.row.id)).all()
        self.done("attest", self.people.ppid, {"sha256": [one.sha256 for one in files], "checked": "true"}, step)

    def forward(self, step):
        if self.done("forward", self.by(step), {}, step, step.organization_id):
            assert self.decided[step.organization_id] not in (None, *GIVES), "only who refuses writes why"

    def deliver(self, step):
        if not self.done("deliver", self.people.ppid, {}, step):
            return
        self.answers += 1
        assert None not in self.decided.values(), "every agency has decided"
        giving = {agency for agency, decision in self.decided.items() if decision in GIVES}
        assert giving == set(self.files), "each that gives has handed its file over, and no other"
        assert self.alive() == set(self.files.values())
        expected = "granted" if giving == set(self.decided) else "granted_in_part" if giving else "refused"
        assert self.request().decision == expected
        parts = model.Session.scalars(PpidPart.in_force(self.row.id)).all()
        assert {part.organization_id for part in parts} == set(self.decided), "the answer tells of each agency"

    def send_back(self, step, agencies):
        to = {"10": "9", "13": "8", "15": "8"}[step.no]
        payload = {"organization_id": agencies, "note": "Mohon dikerjakan kembali."}
        if not self.done("return_", self.people.ppid, payload, step):
            return
        for agency in agencies:
            assert self.decided.get(agency), "only who has decided gets it back"
            self.decided[agency] = None if to == "8" else self.decided[agency]
            if to == "8" or agency in self.files:
                self.files.pop(agency, None)

    def pass_back(self, step):
        if self.done("return_", self.by(step), {"note": "Bukan data kami."}, step, step.organization_id):
            del self.decided[step.organization_id]
            self.files.pop(step.organization_id, None)

    def override(self, to):
        asks, confirms = self.people.ppid, self.second
        try:
            with transaction():
                asked = override.ask(
                    model.Session, self.row.case_id, to, "Perkara macet karena petugasnya tidak ada.", actor=actor(asks)
                )
            with transaction():
                override.answer(model.Session, asked["id"], True, "", actor=actor(confirms))
        except SatudataError as refusal:
            model.Session.rollback()
            self.trail.append(f"override {to} refused: {refusal.message}")
            return
        self.trail.append(f"override {to}")
        self.put_at(to)

    def put_at(self, to, ground=""):
        self.put_back = self.put_back or to == "7"
        if to == "7" and ground == "a":
            self.decided = {one: said for one, said in self.decided.items() if said in (None, *GIVES)}
        if to == "8":
            self.decided = dict.fromkeys(self.decided)
            self.files = {}

    def object(self):
        for ground in self.chance.sample("abcdeg", 6):
            try:
                objected(self.row, ground=ground, key=new_id())
            except Exception as refusal:
                model.Session.rollback()
                self.trail.append(f"objection {ground} refused: {type(refusal).__name__}")
                continue
            (row,) = model.Session.scalars(Objection.of_request(self.row.id).where(Objection.outcome.is_(None)))
            ways = objection_effects.ways_back(model.Session, objections.request_of(model.Session, row))
            to = self.chance.choice([way.step.no for way in ways])
            here = {step.no for step in self.open()}
            self.give(row.case_id, "grant", self.superior, {"to_step": to, "reasons": REASONS})
            self.trail.append(f"objection {ground} upheld to {to}")
            if to not in here:
                self.put_at(to, ground)
            return True
        return False

    # ---------------------------------------------------------------- the walk

    def usual(self, step):
        """Does what the step is for."""
        if step.no == "7":
            self.route(step, list(self.officers)[:2] if not self.decided else [next(iter(self.decided))])
        elif step.no == "8":
            self.decide(step, self.chance.choice(("grant", "grant", "refuse", "not_held")))
        elif step.no == "8a":
            self.done("notify", self.people.ppid, {"promised_on": promised()}, step)
        elif step.no == "9":
            self.handover(step)
        elif step.no == "10":
            self.attest(step)
        elif step.no == "14":
            self.forward(step)
        elif step.no in ("13", "15"):
            self.deliver(step)
        elif step.no == "5a":
            self.done("complete", self.people.ppid, {}, step)

    def odd(self, step):
        """Does what is seldom done there."""
        agencies = self.chance.sample(list(self.officers), self.chance.choice((1, 2)))
        if step.no == "7":
            stand = [one for one, decision in self.decided.items() if decision and one not in agencies]
            keep = None if self.chance.random() < 0.5 else [one for one in stand if self.chance.random() < 0.5]
            self.route(step, agencies, keep)
        elif step.no == "8":
            self.pass_back(step)
        elif step.no in ("10", "13", "15"):
            self.send_back(step, agencies)
        else:
            self.override(self.chance.choice(("7", "8", "9", "10", "13", "14", "15")))

    def renew(self):
        try:
            with transaction():
                links.renew(model.Session, self.row.id, actor=actor(self.people.ppid))
        except SatudataError:
            model.Session.rollback()
        assert self.alive() <= set(self.files.values()), "what is no part of the answer is not given by a new link"

    def walk(self):
        for _step in range(STEPS):
            waiting = [step for step in self.open() if step.role != Role.APPLICANT.value]
            if waiting:
                (self.odd if self.chance.random() < 0.3 else self.usual)(self.chance.choice(waiting))
            elif self.chance.random() < 0.4:
                self.renew()
            elif not self.object():
                break
        for _step in range(ENOUGH):
            waiting = [step for step in self.open() if step.role != Role.APPLICANT.value]
            if not waiting:
                break
            before = len(self.trail)
            for step in waiting:
                self.usual(step)
                if not self.trail[before:] or "refused" not in self.trail[-1]:
                    break
            else:
                raise AssertionError(f"stuck at {[(one.no, one.organization_id) for one in waiting]}")
        assert self.answers and not [one for one in self.open() if one.role != Role.APPLICANT.value]


def actor(user):
    return actor_for(model.User.get(user["id"]))


def promised():
    """A working day to come."""
    calendar = clock.calendar(model.Session)
    days = (clock.today() + timedelta(days=count) for count in range(30))
    return next(day.isoformat() for day in days if calendar.is_working_day(day))


@pytest.fixture
def walking(asked, row_of, give, people, superior):
    """`walking(seed)`: a request that lies with the PPID, and three agencies that may be asked."""
    agencies = {people.agency["id"]: people.pembantu}
    for name in ("Dua", "Tiga"):
        agency = Organization(title=f"Dinas {name}")
        agencies[agency["id"]] = _officer(f"Pembantu {name}", Role.PPID_PEMBANTU, agency["id"])
    second = _officer("Petugas Kedua", Role.PPID)
    return lambda seed: Walk(seed, row_of(asked()), people, superior, second, agencies, give)


def walked(walk):
    try:
        walk.walk()
    except (AssertionError, SatudataError) as fault:
        raise AssertionError("\n  ".join([f"seed {walk.seed}: {fault}", *walk.trail])) from fault


@pytest.mark.parametrize("seed", range(12))
def test_what_is_given_is_what_each_agency_gives(walking, seed):
    walked(walking(seed))


@pytest.mark.long
@pytest.mark.parametrize("seed", range(100, 250))
def test_what_is_given_is_what_each_agency_gives_on_many_walks(walking, seed):
    walked(walking(seed))
