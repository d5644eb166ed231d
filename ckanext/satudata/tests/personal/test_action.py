"""The action and the command give the same; what ends the reading process is passed over and named."""

from __future__ import annotations

import io
import json

import ckan.plugins.toolkit as tk
import pytest
from ckan.tests import helpers
from click.testing import CliRunner
from werkzeug.datastructures import FileStorage

from ckanext.satudata.cli.scan import scan as command
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared.personal import personal_scan
from ckanext.satudata.tests import factories

CONTENT = b"no,nomor\n" + b"".join(b"%d,3573015708850%03d\n" % (n, n + 1) for n in range(30))


def _files():
    return {
        "upload": FileStorage(io.BytesIO(CONTENT), "a.csv"),
        "upload_2": FileStorage(io.BytesIO(b"%PDF-1.7"), "b.pdf"),
    }


@pytest.mark.usefixtures("with_plugins", "satudata_db")
def test_the_action_is_for_officers_and_says_what_the_command_says(tmp_path):
    context = {"user": factories.officer(Role.PPID)["name"], "ignore_auth": False}
    told = helpers.call_action("satudata_scan", context, **_files())
    assert [(one["column"], one["kind"]) for one in told[0]["findings"]] == [(1, "nik")]
    assert told[1]["findings"] is None and "not inspected" in told[1]["not_inspected"][0]
    (tmp_path / "a.csv").write_bytes(CONTENT)
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7")
    names = [str(tmp_path / "a.csv"), str(tmp_path / "b.pdf")]
    said = json.loads(CliRunner().invoke(command, [*names, "--json"]).output)
    assert [{**one, "file": one["file"].rpartition("/")[2]} for one in said] == told


@pytest.mark.usefixtures("with_plugins", "satudata_db")
def test_others_and_calls_without_a_file_are_refused():
    with pytest.raises(tk.NotAuthorized):
        helpers.call_action("satudata_scan", {"user": "", "ignore_auth": False}, **_files())
    with pytest.raises(tk.ValidationError):
        helpers.call_action("satudata_scan", upload="x")


def test_a_file_that_ends_the_process_is_not_called_clean(tmp_path, monkeypatch):
    (tmp_path / "a.csv").write_bytes(CONTENT)
    monkeypatch.setattr(personal_scan, "SECONDS", 0.001)
    told = personal_scan.of_files([(tmp_path / "a.csv", "a.csv")] * 2)
    assert [one["findings"] for one in told] == [None, None]
    assert all("not inspected" in one["not_inspected"][0] for one in told)
