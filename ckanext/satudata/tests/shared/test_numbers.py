"""Numbers have no gaps and no doubles, whatever happens to the transaction."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import ckan.model as model
import pytest
from sqlalchemy.orm import Session

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.shared import numbers

ON = date(2026, 3, 9)
usefixtures = pytest.mark.usefixtures("with_plugins", "satudata_db")


@usefixtures
def test_register_number_follows_its_pattern():
    assert numbers.take(model.Session, "request", ON).text == "1/PPID/2026"


@usefixtures
def test_series_are_apart_by_kind_year_and_agency():
    counts = [
        numbers.take(model.Session, "request", ON).count,
        numbers.take(model.Session, "request", ON).count,
        numbers.take(model.Session, "delivery_applicant", ON).count,
        numbers.take(model.Session, "request", date(2027, 1, 4)).count,
        numbers.take(model.Session, "request", ON, organization_id="dinkes").count,
    ]
    assert counts == [1, 2, 1, 1, 1]


@usefixtures
def test_rollback_gives_the_number_back():
    numbers.take(model.Session, "request", ON)
    model.Session.rollback()
    assert numbers.take(model.Session, "request", ON).count == 1


def _one(fails: bool) -> int | None:
    with Session(model.meta.engine) as session:
        count = numbers.take(session, "request", ON).count
        if fails:
            session.rollback()
            return None
        session.commit()
        return count


@usefixtures
def test_many_at_once_get_each_number_once_and_failures_leave_no_gap():
    with ThreadPoolExecutor(8) as pool:
        got = list(pool.map(_one, [index % 4 == 3 for index in range(80)]))
    assert sorted(count for count in got if count) == list(range(1, 61))


@pytest.mark.long
@usefixtures
def test_a_thousand_at_once():
    with ThreadPoolExecutor(40) as pool:
        assert sorted(pool.map(_one, [False] * 1000)) == list(range(1, 1001))


def test_pattern_fields():
    text = numbers.written("{klasifikasi}/{urut:04d}/{unit}/{bulan_romawi}/{tahun}", 7, ON, "35.09.323")
    assert text == "500.12/0007/35.09.323/III/2026"


@pytest.mark.parametrize("pattern", ["{urut}/{nama}/{tahun}", "{urut}/PPID", "PPID/{tahun}", "{urut/{tahun}"])
def test_patterns_that_would_repeat_or_fail_are_refused(pattern):
    with pytest.raises(Invalid):
        numbers.written(pattern, 1, ON)
