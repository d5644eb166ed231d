"""The documents follow the program: what it has is described, and nothing is described that is gone."""

import re
from pathlib import Path

import ckan.plugins.toolkit as tk
import pytest
from ckan.common import config_declaration

from ckanext.satudata.domain.dangerous_options import DANGEROUS
from ckanext.satudata.tests.docs import reference

ROOT = Path(__file__).resolve().parents[4]
DOCS = ROOT / "docs"


@pytest.mark.parametrize("name", reference.WRITTEN)
@pytest.mark.usefixtures("with_plugins")
def test_the_written_parts_are_up_to_date(name):
    text = reference.WRITTEN[name]().rstrip() + "\n"
    path = DOCS / name
    before = path.read_text(encoding="utf-8") if path.exists() else ""
    if text != before:
        path.write_text(text, encoding="utf-8")
    assert text == before, f"docs/{name} was stale and has been written anew: look at it and commit it"


def test_every_dependency_has_its_reason():
    needed = set()
    for path in ROOT.glob("requirements*.in"):
        for line in path.read_text(encoding="utf-8").splitlines():
            if found := re.match(r"[A-Za-z0-9._-]+(?=$|[\[<>=!~; ])", line.strip()):
                needed.add(found.group(0))
    described = set(re.findall(r"^- `([^`]+)`", (DOCS / "dependencies.md").read_text(encoding="utf-8"), re.MULTILINE))
    assert described == needed - {"-r", "-c"}


@pytest.mark.parametrize("name", ["search-on-postgresql", "vault", "process-engine", "embedded-services"])
def test_the_great_decisions_are_recorded(name):
    assert len((DOCS / "decisions" / f"{name}.md").read_text(encoding="utf-8").split()) > 100


def test_links_between_documents_lead_somewhere():
    broken = []
    for page in (*ROOT.glob("*.md"), *DOCS.rglob("*.md")):
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", page.read_text(encoding="utf-8")):
            if not (page.parent / target).exists():
                broken.append(f"{page.relative_to(ROOT)}: {target}")
    assert not broken


def test_every_target_of_make_is_described():
    rules = (ROOT / "Makefile").read_text(encoding="utf-8").split(".PHONY:", 1)[1].splitlines()[0].split()
    text = (DOCS / "development.md").read_text(encoding="utf-8")
    assert not [name for name in rules if not re.search(rf"make (-s )?{re.escape(name)}\b", text)]


@pytest.mark.parametrize("path", ["docs/install.md", "deploy/docker/ckan.ini", "deploy/local/ckan.ini.in"])
@pytest.mark.usefixtures("with_plugins")
def test_an_installation_by_the_book_has_no_dangerous_setting(path):
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    pairs = (re.fullmatch(r"\s*((?:ckan|debug)[\w.]*) = ?(.*)", line) for line in lines)
    said = {found[1]: found[2].strip() for found in pairs if found}
    for option, bad, _, _ in DANGEROUS:
        declared = config_declaration.get(option)
        value = said.get(option, declared.default if declared else False)
        assert tk.asbool(value) is not bad, option
    assert said["ckan.datastore.public_table_search"] == ""
    assert said["ckan.auth.route_after_login"] == "satudata_desk.start"
