"""Answers that are kept are never older than the index, whoever wrote to it, and never somebody else's."""

import threading

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.lib.search.common import SearchError, SearchQueryError

from ckanext.satudata.model.search_document import SearchChange, SearchDocument
from ckanext.satudata.search import hits, kept
from ckanext.satudata.search.client import Client
from ckanext.satudata.tests.search.test_rules import _document, empty  # noqa: F401

TABLE = SearchDocument.__table__
pytestmark = pytest.mark.usefixtures("with_plugins", "empty")


def ask(label="public", **more):
    """`(number found, ids shown, tags counted)`."""
    labels = f'+permission_labels:("{label}")'
    found = Client().search("*:*", fq=[labels], fl="id", facet="true", **{"facet.field": ["tags"], **more})
    counted = found.facets["facet_fields"]["tags"]
    return found.hits, sorted(doc["id"] for doc in found.docs), dict(zip(counted[::2], counted[1::2], strict=True))


@pytest.fixture
def elsewhere():
    """Another connection, as another worker has one, that commits by itself."""
    with model.meta.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        yield connection


@pytest.fixture
def two(elsewhere):
    Client().add([_document(1), _document(2)])
    model.Session.rollback()
    assert ask() == ask() == (2, ["rule-1", "rule-2"], {"tag-public": 2})


def test_the_second_time_nothing_is_looked_for(two, monkeypatch):
    monkeypatch.setattr(hits, "_find", None)
    assert ask()[0] == 2


def test_with_nothing_to_keep_nothing_is_kept(two, ckan_config, monkeypatch):
    monkeypatch.setitem(ckan_config, "ckanext.satudata.search.kept_answers", 0)
    assert ask("other")[0] == 0 and not kept._kept


def test_what_another_connection_deletes_is_gone_from_rows_and_counts(two, elsewhere):
    elsewhere.execute(sa.delete(TABLE).where(TABLE.c.index_id == "rule-2"))
    assert ask() == (1, ["rule-1"], {"tag-public": 1})


def test_what_another_connection_makes_private_is_gone_at_once(two, elsewhere):
    hidden = ["permission_labels=member-a", "tags=tag-public"]
    elsewhere.execute(sa.update(TABLE).where(TABLE.c.index_id == "rule-2").values(exact=hidden))
    assert ask() == (1, ["rule-1"], {"tag-public": 1})
    assert ask("member-a")[0] == 1


def test_what_another_connection_changes_is_counted_anew(two, elsewhere):
    elsewhere.execute(sa.update(TABLE).where(TABLE.c.index_id == "rule-2").values(fields={"tags": ["new"]}))
    assert ask()[2] == {"tag-public": 1, "new": 1}


def test_what_another_connection_adds_is_found_when_it_commits(two):
    with model.meta.engine.connect() as other, other.begin() as transaction:
        copied = sa.select(TABLE).where(TABLE.c.index_id == "rule-1").subquery()
        columns = [column for column in copied.c if column.name not in ("index_id", "position")]
        names = ["index_id", *(column.name for column in columns)]
        other.execute(sa.insert(TABLE).from_select(names, sa.select(sa.literal("rule-3"), *columns)))
        assert ask()[0] == 2
        model.Session.rollback()
        transaction.commit()
    assert ask()[0] == 3
    model.Session.rollback()


def test_truncation_empties_the_answers(two, elsewhere):
    model.Session.rollback()
    elsewhere.execute(sa.text("truncate satudata_search_document"))
    assert ask() == (0, [], {})


def test_own_pending_writes_are_seen_and_a_rollback_brings_the_old_answer_back(two):
    model.Session.execute(sa.delete(TABLE).where(TABLE.c.index_id == "rule-2"))
    assert ask()[0] == 1
    model.Session.rollback()
    assert ask() == (2, ["rule-1", "rule-2"], {"tag-public": 2})


def test_a_row_that_goes_between_finding_and_showing_is_left_out(two, elsewhere, monkeypatch):
    find = hits._find

    def found_then_hidden(*args):
        answer = find(*args)
        hidden = ["permission_labels=member-a"]
        elsewhere.execute(sa.update(TABLE).where(TABLE.c.index_id == "rule-2").values(exact=hidden))
        return answer

    monkeypatch.setattr(hits, "_find", found_then_hidden)
    kept._kept.clear()
    assert ask()[1] == ["rule-1"]


def test_one_s_answer_is_never_another_s(two):
    assert ask("member-a") == (0, [], {})
    assert ask("public")[0] == 2
    assert ask("member-a", **{"facet.mincount": 0}) == (0, [], {})


def test_a_kept_answer_that_fails_leaves_the_transaction_usable(two):
    model.Session.execute(sa.text("create temporary table pending (n int) on commit drop"))
    model.Session.execute(sa.text("alter table satudata_search_document rename to elsewhere"))
    with pytest.raises(SearchError, match="upgrade"):
        ask()
    assert model.Session.scalar(sa.text("select count(*) from pending")) == 0
    model.Session.rollback()
    assert ask()[0] == 2


def test_who_may_see_what_is_not_counted_out_of_a_kept_answer(two):
    with pytest.raises(SearchQueryError):
        ask(**{"facet.field": ["tags", "permission_labels"]})


def test_now_is_another_time_tomorrow(freezer):
    freezer.move_to("2024-01-01")
    Client().add([_document(1, metadata_modified="2024-01-02T00:00:00Z")])
    model.Session.rollback()
    later = {"fq": ["metadata_modified:[NOW TO *]"]}
    assert Client().search("*:*", **later).hits == 1
    freezer.move_to("2024-01-03")
    assert Client().search("*:*", **later).hits == 0


def test_fq_list_is_a_filter_too(two):
    assert Client().search("*:*", fq_list=["+id:rule-1"]).hits == 1


def test_the_planner_is_left_as_the_caller_had_it(two):
    model.Session.execute(sa.text("set local work_mem = '5MB'"))
    kept._kept.clear()
    ask()
    now = model.Session.execute(sa.text("select current_setting('work_mem'), current_setting('enable_seqscan')")).one()
    model.Session.rollback()
    assert tuple(now) == ("5MB", "on")


def test_stamps_are_summed_up_without_a_change_of_state(elsewhere):
    for number in range(400):
        elsewhere.execute(sa.delete(TABLE).where(TABLE.c.index_id == f"none-{number}"))
    assert elsewhere.scalar(sa.select(sa.func.count()).select_from(SearchChange)) < 400


def test_many_who_write_and_ask_at_once_see_no_answer_of_before(two):
    """Each adds a document and must find it at once, whatever others keep meanwhile."""
    wrong = []

    def work(name):
        try:
            for number in range(8):
                Client().add([_document(f"{name}-{number}", f"own-{name}")])
                if ask(f"own-{name}", rows=100)[0] != number + 1:
                    wrong.append((name, number))
                model.Session.rollback()
        finally:
            model.Session.remove()

    threads = [threading.Thread(target=work, args=(name,)) for name in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    assert wrong == []
