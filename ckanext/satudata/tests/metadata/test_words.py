"""Every label, help, reason and message of the metadata form has its Indonesian."""

import ast
from pathlib import Path

import polib
import yaml

import ckanext.satudata as package
from ckanext.satudata.domain import metadata

ROOT = Path(package.__path__[0])
IMPORTS = ("domain/imports.py", "shared/finding/dataset_list.py", "logic/action/dataset_list.py")
VALIDATORS = ("validators/metadata.py", "views/dataset_list.py", "helpers/metadata.py")


def shown():
    for schema in ("dataset", "organization"):
        body = yaml.safe_load((ROOT / f"schemas/{schema}.yaml").read_text(encoding="utf-8"))
        for field in body.get("dataset_fields", []) + body.get("fields", []) + body.get("resource_fields", []):
            yield from (field[key] for key in ("label", "help_text", "why") if field.get(key))
    yield from metadata.GROUPS.values()
    for path in IMPORTS + VALIDATORS:
        for node in ast.walk(ast.parse((ROOT / path).read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", getattr(node.func, "id", "")) in (
                "_",
                "Invalid",
                "say",
            ):
                yield from (
                    arg.value
                    for arg in node.args
                    if isinstance(arg, ast.Constant) and isinstance(arg.value, str) and " " in arg.value
                )


def test_everything_shown_has_its_indonesian():
    words = {entry.msgid for part in (ROOT / "i18n/parts").glob("*.id.po") for entry in polib.pofile(str(part))}
    assert not sorted(set(shown()) - words)


def test_the_field_table_of_the_docs_is_current():
    parts = (polib.pofile(str(part)) for part in (ROOT / "i18n/parts").glob("*.id.po"))
    words = {entry.msgid: entry.msgstr for part in parts for entry in part}
    docs = (ROOT.parent.parent / "docs/metadata.md").read_text(encoding="utf-8")
    lines = [
        f"| `{field['field_name']}` | {words[field['label']]} | {field['label']} | {field['group']} "
        f"| {field.get('demand', '')} |"
        for field in metadata.fields()
    ]
    assert "\n".join(lines) in docs, "write this into docs/metadata.md:\n" + "\n".join(lines)
