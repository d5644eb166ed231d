"""The calendar's screens and actions: days off by decree, lists as CSV, service hours, time zone."""

from datetime import date

import ckan.model as model
import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import helpers
from freezegun import freeze_time

from ckanext.satudata.domain.errors import Several
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.service_hours import by_day, from_days, written
from ckanext.satudata.domain.workdays import DEFAULT_HOURS, parse_hours
from ckanext.satudata.model.holiday import Holiday
from ckanext.satudata.shared import clock
from ckanext.satudata.shared.calendar import holidays
from ckanext.satudata.tests.factories import officer

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")

HOME = "/admin/satudata"
LIST = "tanggal;nama;jenis;nomor_sk\n"


@pytest.fixture
def june():
    """Ahead of any real day: CKAN's tokens are dated by the real clock, and one from the future opens nothing."""
    with freeze_time("2030-06-03T03:00:00+00:00"):
        yield


@pytest.fixture
def walidata(june):
    return officer(Role.WALIDATA)


def as_user(user):
    return {"user": user["name"], "auth_user_obj": model.User.get(user["id"]), "ignore_auth": False}


def take(user, lines, **asked):
    return tk.get_action("satudata_holiday_import")(as_user(user), {"csv": LIST + lines, "dry_run": False, **asked})


def stored():
    model.Session.expire_all()
    return {row.on.isoformat(): (row.name, row.kind, row.source) for row in model.Session.query(Holiday)}


class TestLists:
    def test_a_list_is_stored_and_the_calendar_follows(self, walidata):
        report = take(
            walidata,
            "17/08/2030;Hari Kemerdekaan;Hari libur nasional;SKB 1/2025\n"
            "24 Desember 2030;Cuti Bersama Natal;cuti bersama;SKB 1/2025\n"
            "2030-09-01;Hari Jadi Kota;;SK 188/2030\n",
        )
        assert report["stored"] and report["counts"] == {
            "new": 3, "changed": 0, "unchanged": 0, "removed": 0, "error": 0,
        }  # fmt: skip
        assert stored() == {
            "2030-08-17": ("Hari Kemerdekaan", "national", "SKB 1/2025"),
            "2030-12-24": ("Cuti Bersama Natal", "collective_leave", "SKB 1/2025"),
            "2030-09-01": ("Hari Jadi Kota", "local", "SK 188/2030"),
        }
        assert clock.calendar().why_off(date(2030, 9, 1)) == "Hari Jadi Kota"
        assert clock.calendar().decreed_years == {2030}

    def test_bad_lines_are_named_with_the_mend_and_nothing_is_half_stored(self, walidata):
        report = take(
            walidata,
            "2030-09-01;Hari Jadi Kota;;SK 1\n"
            "\n"
            "31/02/2030;Tidak ada;;SK 1\n"
            "2030-09-02;;hari besar;SK 1\n"
            "2030-09-03;Tanpa nomor;;\n"
            "2030-09-01;Lagi;;SK 1\n"
            "2030-05-29;Sudah lewat;;SK 1\n"
            f"2030-09-04;{'x' * 301};;SK 1\n",
        )
        assert not report["stored"] and stored() == {}
        told = {line["line"]: {one["field"]: one["error"] for one in line["errors"]} for line in report["lines"]}
        assert {number: sorted(errors) for number, errors in told.items()} == {
            2: [], 4: ["tanggal"], 5: ["jenis", "nama"], 6: ["nomor_sk"], 7: ["tanggal"], 8: ["tanggal"], 9: ["nama"],
        }  # fmt: skip
        for errors in told.values():
            for text in errors.values():
                assert text.count(".") >= 2, f"what is wrong and how to mend it: {text}"

    @pytest.mark.parametrize(
        "content", ["", "nama;jenis\nx;y", LIST, "PK\x03\x04", 'tanggal;nama\n"x;y', LIST + "2030-09-01;x;;y\n" * 501]
    )
    def test_what_is_no_list_is_refused_as_a_whole(self, walidata, content):
        with pytest.raises(tk.ValidationError) as refused:
            tk.get_action("satudata_holiday_import")(as_user(walidata), {"csv": content, "dry_run": False})
        assert "file" in refused.value.error_dict and stored() == {}

    def test_a_dry_run_stores_nothing(self, walidata):
        report = take(walidata, "2030-09-01;Hari Jadi Kota;;SK 1\n", dry_run=True)
        assert not report["stored"] and report["counts"]["new"] == 1 and stored() == {}

    def test_what_is_written_out_comes_in_again_unchanged(self, app, walidata):
        holidays.seed(model.Session, [2030, 2031])
        for row in model.Session.query(Holiday):
            row.estimated = row.on.year == 2031
        model.Session.commit()
        take(walidata, "2030-09-01;Hari Jadi Kota;;SK 1\n2030-12-25;Bukan libur lagi;working;SK 2\n")
        before = stored()
        for year in (2030, 2031):
            text = app.get(f"{HOME}/hari-libur?year={year}&format=csv", headers={"Authorization": walidata["token"]})
            report = tk.get_action("satudata_holiday_import")(
                as_user(walidata), {"csv": text.data.decode("utf-8-sig"), "dry_run": False}
            )
            wrong = [line for line in report["lines"] if line["outcome"] != "unchanged"]
            # An estimate becomes a day off by decree only, which the list does not name.
            assert all(line["errors"][0]["field"] == "nomor_sk" for line in wrong) and (year == 2031 or not wrong)
        assert stored() == before

    def test_the_list_of_a_whole_year_takes_the_guesses_out(self, walidata):
        model.Session.add(
            Holiday(on=date(2031, 3, 10), name="Idul Fitri", kind="national", source="package", estimated=True)
        )
        model.Session.add(Holiday(on=date(2030, 12, 25), name="Natal", kind="national", source="package"))
        model.Session.commit()
        line = "2031-03-11;Idul Fitri;national;\n2031-03-12;Cuti bersama;collective_leave;\n"
        with pytest.raises(tk.ValidationError):
            take(walidata, line, whole=True)
        report = take(walidata, line, whole=True, decree="SKB 2/2030")
        assert report["stored"] and report["counts"]["removed"] == 1 and report["counts"]["new"] == 2
        calendar = clock.calendar()
        assert calendar.is_working_day(date(2031, 3, 10)) and not calendar.is_working_day(date(2031, 3, 11))
        assert not calendar.is_working_day(date(2030, 12, 25)), "another year than those of the list"
        assert 2031 in calendar.decreed_years

    def test_days_that_have_passed_may_stand_in_the_list_of_the_year(self, walidata):
        model.Session.add(Holiday(on=date(2030, 1, 1), name="Tahun Baru", kind="national", source="package"))
        model.Session.commit()
        report = take(walidata, "2030-01-01;Tahun Baru Masehi;national;\n", whole=True, decree="SKB 1/2025")
        assert report["counts"]["unchanged"] == 1 and report["stored"]
        assert stored()["2030-01-01"] == ("Tahun Baru", "national", "package")

    def test_only_who_manages_the_portal_may(self, walidata):
        for role in (Role.OPERATOR, Role.PPID, Role.AUDITOR):
            with pytest.raises(tk.NotAuthorized):
                take(officer(role, "agency"), "2030-09-01;x;;SK 1\n")
        with pytest.raises(tk.NotAuthorized):
            tk.get_action("satudata_holiday_import")(
                {"ignore_auth": True, "user": officer(Role.OPERATOR, "agency")["name"]},
                {"csv": LIST + "2030-09-01;x;;1"},
            )
        assert stored() == {}


class TestDaysByDecree:
    def test_a_decree_takes_the_place_of_the_packages_guess(self, walidata):
        model.Session.add(
            Holiday(on=date(2031, 3, 10), name="Idul Fitri", kind="national", source="package", estimated=True)
        )
        model.Session.commit()
        day = {"on": "2031-03-10", "name": "Idul Fitri 1448", "kind": "national", "decree": "SKB 2/2030"}
        tk.get_action("satudata_holiday_add")(as_user(walidata), day)
        assert not model.Session.get(Holiday, date(2031, 3, 10), populate_existing=True).estimated
        holidays.seed(model.Session, [2031])
        assert stored()["2031-03-10"] == ("Idul Fitri 1448", "national", "SKB 2/2030")
        with pytest.raises(tk.ValidationError):
            tk.get_action("satudata_holiday_add")(as_user(walidata), day)

    def test_the_screen_takes_a_list_after_showing_it(self, app, walidata):
        page, headers = f"{HOME}/hari-libur/impor", {"Authorization": walidata["token"]}
        shown = app.post(page, params={"csv": f"{LIST}2030-09-01;Hari Jadi;;SK 1\n"}, headers=headers).body
        assert "Hari Jadi" in shown and "hari baru" in shown and stored() == {}
        bad = app.post(page, params={"csv": f"{LIST}kemarin;Hari Jadi;;SK 1\n"}, headers=headers).body
        assert 'value="store"' not in bad
        app.post(page, params={"csv": f"{LIST}2030-09-01;Hari Jadi;;SK 1\n", "step": "store"}, headers=headers)
        assert list(stored()) == ["2030-09-01"]

    def test_a_year_that_is_not_final_says_so(self, app, walidata):
        headers = {"Authorization": walidata["token"]}
        assert "Hari libur 2031 belum pasti" in app.get(f"{HOME}/hari-libur?year=2031", headers=headers).body
        take(walidata, "2031-03-12;Cuti bersama;collective_leave;SKB 2/2030\n")
        assert "belum pasti" not in app.get(f"{HOME}/hari-libur?year=2031", headers=headers).body


class TestServiceHours:
    TYPED = {
        **dict.fromkeys(("mon", "tue", "wed", "thu"), "08.00 – 12.00, 13.00 – 15.00"),
        "fri": "8.00-11.30; 13:30-14.00",
    }

    def test_what_is_typed_becomes_the_option(self):
        assert from_days(self.TYPED) == DEFAULT_HOURS
        assert from_days(by_day(parse_hours(DEFAULT_HOURS))) == DEFAULT_HOURS == written(parse_hours(DEFAULT_HOURS))

    @pytest.mark.parametrize("text", ["8", "25.00-26.00", "12.00-08.00", "08.00-12.00, 11.00-13.00", "pagi"])
    def test_hours_that_cannot_be_read_name_the_weekday(self, text):
        with pytest.raises(Several) as refused:
            from_days({**self.TYPED, "wed": text, "sat": text})
        assert [error.field for error in refused.value.errors] == ["wed", "sat"]

    def test_a_week_without_hours_is_refused(self):
        with pytest.raises(Several) as refused:
            from_days({})
        assert refused.value.field == "mon"

    def test_the_page_stores_hours_zone_and_reminders(self, app, walidata):
        options = ["ckanext.satudata." + name for name in ("service_hours", "reminders", "daily_digest")]
        options.append("ckan.display_timezone")
        kept = {option: tk.config[option] for option in options}
        page, headers = f"{HOME}/jam-layanan", {"Authorization": walidata["token"]}
        typed = {**self.TYPED, "sat": "08.00-11.00", "sun": "", "reminders": "0, -2 3", "daily_digest": "off"}
        typed["ckan_display_timezone"] = "Asia/Makassar"
        try:
            bad = app.post(
                page, params={**typed, "sat": "pagi", "reminders": "kadang"}, headers=headers, status=422
            ).body
            assert 'href="#field-sat"' in bad and tk.config[options[0]] == kept[options[0]]
            bad = app.post(
                page, params={**typed, "ckan_display_timezone": "Europe/Berlin"}, headers=headers, status=422
            )
            assert 'href="#field-ckan_display_timezone"' in bad.body
            app.post(page, params=typed, headers=headers)
            assert tk.config[options[0]].endswith("; sat 08:00-11:00") and tk.config[options[1]] == "-2 0 3"
            calendar = clock.calendar()
            assert calendar.is_working_day(date(2030, 6, 8)) and str(calendar.zone) == "Asia/Makassar"
            assert "08.00–11.00" in app.get(page, headers=headers).body
            # The page of the government leaves them alone.
            government = helpers.call_action("satudata_settings_show", as_user(walidata))
            assert government["service_hours"] == tk.config[options[0]]
        finally:
            model.Session.query(model.SystemInfo).filter(model.SystemInfo.key.in_(options)).delete()
            model.Session.commit()
            tk.config.update(kept)
