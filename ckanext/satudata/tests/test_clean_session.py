"""A statement that the database refuses fails its own request, with a page that says so, and no other request."""

import ckan.model as model
import pytest
import sqlalchemy as sa
from ckan.tests import factories
from werkzeug.exceptions import InternalServerError

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def refused():
    model.Session.execute(sa.text("select 'lima'::int"))


@pytest.fixture
def signed_in(app, monkeypatch):
    """A header; the application answers faults as it does where nobody tests it."""
    handlers = app.flask_app.error_handler_spec[None]
    monkeypatch.setitem(handlers[None], Exception, handlers[500][InternalServerError])
    monkeypatch.setattr(app.flask_app, "testing", False)
    return {"Authorization": factories.SysadminWithToken()["token"]}


def test_the_page_of_the_fault_is_made_and_the_next_request_is_answered(app, monkeypatch, signed_in):
    with monkeypatch.context() as broken:
        broken.setitem(app.flask_app.view_functions, "home.about", refused)
        page = app.get("/about", headers=signed_in)
    assert page.status_code == 500 and '<html lang="id">' in page.body
    assert app.get("/about", headers=signed_in).status_code == 200


def test_where_even_that_page_fails_the_next_request_is_answered(app, monkeypatch, signed_in):
    from ckan.lib import base

    def render(*args, **kw):
        refused()

    with monkeypatch.context() as broken:
        broken.setitem(app.flask_app.view_functions, "home.about", refused)
        broken.setattr(base, "render", render)
        with pytest.raises(sa.exc.SQLAlchemyError):
            app.get("/about", headers=signed_in)
    assert not model.Session.registry.has()
    assert app.get("/about", headers=signed_in).status_code == 200
