"""The helpers that other tests stand on do what they say."""

import smtplib

import pytest
from ckan.lib import mailer
from ckan.tests import factories

from ckanext.satudata.tests.support.mail import text_of

pytestmark = pytest.mark.usefixtures("with_plugins", "satudata_db")


def test_a_mail_can_be_read_as_its_receiver_reads_it(mail_sink):
    mailer.mail_recipient("Warga", "warga@example.com", "Kode", "Kode Anda 123456")
    (message,) = mail_sink.wait(1, to="warga@example.com")
    assert "Kode Anda 123456" in text_of(message)


def test_a_stopped_mail_server_refuses(mail_sink):
    mail_sink.stop()
    with pytest.raises((mailer.MailerException, smtplib.SMTPException)):
        mailer.mail_recipient("Warga", "warga@example.com", "Kode", "isi")


@pytest.mark.browser
def test_the_running_portal_shows_what_this_process_stores(live_portal, page):
    organization = factories.Organization(title="Dinas Contoh")
    assert live_portal.api().action.organization_list() == [organization["name"]]
    page.goto(f"{live_portal.url}/organization/{organization['name']}")
    assert "Dinas Contoh" in page.title()


def test_the_worker_of_the_running_portal_works(live_portal, mail_sink):
    import ckan.plugins.toolkit as tk

    tk.enqueue_job(mailer.mail_recipient, ["Warga", "antre@example.com", "Perihal", "dari antrean"])
    assert "dari antrean" in text_of(mail_sink.wait(1, to="antre@example.com")[0])
    live_portal.wait_for_jobs()
