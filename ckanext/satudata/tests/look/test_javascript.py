"""What CKAN's JavaScript says to officers is Indonesian too."""

import json
from pathlib import Path

import ckan
import polib
import pytest
from ckan.lib import i18n

from ckanext.satudata.i18n import build


@pytest.mark.usefixtures("with_plugins")
def test_javascript_of_ckan_speaks_indonesian(ckan_config, monkeypatch, tmp_path):
    monkeypatch.setitem(ckan_config, "ckan.storage_path", str(tmp_path))
    i18n.build_js_translations()
    said = json.loads((tmp_path / "i18n" / "js" / "id.js").read_text(encoding="utf-8"))
    assert said["Are you sure you want to perform this action?"] == [None, "Yakin ingin melakukan tindakan ini?"]
    assert said["Sort"] == [None, "Urutkan"]
    asked = {
        entry.msgid
        for entry in polib.pofile(str(Path(ckan.__file__).parent / "i18n" / "ckan.pot"))
        if any(name.endswith(".js") for name, _line in entry.occurrences)
    }
    assert not asked - set(said)


def test_template_lists_what_javascript_says():
    template = Path(build.__file__).parent / f"{build.DOMAIN}.pot"
    entry = polib.pofile(str(template)).find("Sort")
    assert entry is not None and any(name.endswith(".js") for name, _line in entry.occurrences)
