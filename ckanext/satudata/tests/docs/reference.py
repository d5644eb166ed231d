"""The parts of `docs/` that are written from the program itself."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path

import ckan.plugins as p
import click
import yaml

import ckanext.satudata as package
from ckanext.satudata.cli import satudata
from ckanext.satudata.domain import sop_file, sop_schema
from ckanext.satudata.domain.appointment import AGENCY_ROLES, GOVERNMENT_ROLES, GRANTABLE
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.domain.sop import ALWAYS_NEEDS, Exit, Sop, Step
from ckanext.satudata.domain.sop_outputs import RECORDS, Maker
from ckanext.satudata.shared.people import membership
from ckanext.satudata.shared.room import Room, _functions
from ckanext.satudata.shared.words import ROLES

PACKAGE = Path(str(package.__path__[0]))
NOTE = "<!-- Written by `make docs` from the program. Change the program, not this file. -->\n"


def _rooms() -> list[Room]:
    rooms = [plugin for plugin in p.PluginImplementations(p.IConfigurer) if isinstance(plugin, Room)]
    return sorted(rooms, key=lambda room: room.name)


def _cell(text: object) -> str:
    return " ".join(str(text).split()).replace("|", "\\|")


def _doc(thing: object) -> str:
    text = inspect.getdoc(thing)
    assert text, f"{getattr(thing, '__name__', thing)} has no docstring: docs/reference is written from it"
    return text


# ---------------------------------------------------------------- actions


def actions() -> str:
    """Every action of our own, with who may ask at all."""
    parts = [
        NOTE,
        "# Actions\n",
        "Called as `POST /api/3/action/<name>` with a JSON object and the header `Authorization: <API token>`. Those",
        "marked *anybody* need no token; all others at least an account, and then what the text says. Reads marked",
        "*GET* may be asked with GET.\n",
    ]
    for room in _rooms():
        found = {name: one for name, one in _functions(room, "logic.action").items() if name.startswith("satudata_")}
        if not found:
            continue
        auth = _functions(room, "logic.auth")
        parts.append(f"## `{room.name}`\n")
        for name, action in sorted(found.items()):
            open_to_all = getattr(auth.get(name), "auth_allow_anonymous_access", False)
            marks = ["anybody"] if open_to_all else []
            marks += ["GET"] if getattr(action, "side_effect_free", False) else []
            parts.append(f"### {name}\n" + (f"*{', '.join(marks)}*\n" if marks else "") + f"\n{_doc(action)}\n")
    return "\n".join(parts)


# ---------------------------------------------------------------- options


def options() -> str:
    """Every option of our own, from the declarations."""
    parts = [NOTE, "# Options\n"]
    parts += ["Set in `ckan.ini`; CKAN reads no environment variable for them.\n"]
    for path in sorted(PACKAGE.glob("**/config_declaration/*.yaml")):
        for group in yaml.safe_load(path.read_text(encoding="utf-8"))["groups"]:
            parts += [f"## {group['annotation']}\n", "| option | default | meaning |", "|---|---|---|"]
            for option in group["options"]:
                assert option.get("description"), f"{option['key']} has no description"
                default = option.get("default", "")
                shown = f"`{_cell(default)}`" if default not in ("", None) else ""
                example = f" Example: `{_cell(option['example'])}`" if option.get("example") else ""
                parts.append(f"| `{_cell(option['key'])}` | {shown} | {_cell(option['description'])}{example} |")
            parts.append("")
    return "\n".join(parts)


# ---------------------------------------------------------------- command line


def commands() -> str:
    """The whole tree below `ckan satudata`."""
    parts = [NOTE, "# Command line\n", "Each takes `--help`. `ckan -c /etc/ckan/ckan.ini satudata …`, or `CKAN_INI`.\n"]
    for room in _rooms():
        room.get_commands()
    for path, command in _walk("ckan satudata", satudata):
        assert command.help, f"{path} has no help text"
        usage = [path]
        lines = []
        for one in command.params:
            if isinstance(one, click.Argument):
                usage.append(one.human_readable_name if one.required else f"[{one.human_readable_name}]")
            elif isinstance(one, click.Option) and not one.hidden:
                lines.append(f"* `{', '.join(one.opts)}`: {_cell(one.help or '')}")
        parts += [f"## `{' '.join(usage)}`\n", inspect.cleandoc(command.help) + "\n"]
        parts += [*lines, ""] if lines else []
    return "\n".join(parts)


def _walk(path: str, command: click.Command) -> Iterator[tuple[str, click.Command]]:
    if not isinstance(command, click.Group):
        yield path, command
        return
    for name, inner in sorted(command.commands.items()):
        yield from _walk(f"{path} {name}", inner)


# ---------------------------------------------------------------- processes


def _sops() -> Iterator[tuple[str, Sop]]:
    for path in sorted((PACKAGE / "sop").glob("*/*.yaml")):
        yield path.parent.name, sop_file.read(path.read_text(encoding="utf-8"), str(path))


def _who(roles: tuple[Role, ...]) -> str:
    return ", ".join(f"`{role.value}`" for role in roles)


def _time(step: Step) -> str:
    return f"{step.waktu.count} {step.waktu.unit.value.replace('_', ' ')}" if step.waktu else step.waktu_text


def _where(one: Exit) -> str:
    return " and ".join(one.to) if one.to else "end"


def sops() -> str:
    """Every step of every SOP that comes with the package."""
    parts = [
        NOTE,
        "# Steps of the SOPs\n",
        "The files are in `ckanext/satudata/sop/`; their form: [sop.md](../sop.md).\n",
    ]
    for government, sop in _sops():
        parts += [f"## {government}: {sop.title} (`{sop.process.value}`)\n"]
        parts += [f"{_cell(sop.reading)}\n"] if sop.reading else []
        parts += ["| no | step | who | time | ways on |", "|---|---|---|---|---|"]
        for step in sop.steps.values():
            ways = "; ".join(f"`{one.command.value}` → {_where(one)}" for one in step.exits.values())
            parts.append(
                f"| {step.no} | {_cell(step.uraian)} | {_who(step.pelaksana)} | {_cell(_time(step))} | {_cell(ways)} |"
            )
        parts.append("")
    return "\n".join(parts)


def outputs() -> str:
    """Every output of every SOP that comes with the package, and what makes it."""
    parts = [
        NOTE,
        "# Outputs of the SOPs\n",
        "Every name in an `output` column, as `outputs` of the file binds it ([sop.md](../sop.md)). `upload`: the step",
        "is done by hand; its performer finishes it with the file, or with its number and date.\n",
    ]
    for government, sop in _sops():
        parts += [f"## {government}: {sop.title} (`{sop.process.value}`)\n", "| no | output | maker |", "|---|---|---|"]
        for row in sop.rows:
            for name in row.output:
                made = sop.outputs[name]
                what = "; ".join(RECORDS[one] if made.maker is Maker.RECORD else f"`{one}`" for one in made.what)
                parts.append(f"| {row.no} | {_cell(name)} | {made.maker.value}{': ' if what else ''}{what} |")
        parts.append("")
    return "\n".join(parts)


def permissions() -> str:
    """Who may give which command at which step; what each role is."""
    parts = [
        NOTE,
        "# Who may do what\n",
        "## Roles\n",
        "Held in the officers' table ([officers.md](officers.md)), per agency or for the whole government, from one",
        "day to another, and asked at each decision. System administrators hold none of them: they run the portal,",
        "and the write path of the processes refuses them like anybody else.\n",
        "| role | is | held for | membership of CKAN |",
        "|---|---|---|---|",
    ]
    for role in GRANTABLE:
        held = "an agency" if role in AGENCY_ROLES else "the government" if role in GOVERNMENT_ROLES else "either"
        capacity = membership.CAPACITY.get(role, "none")
        parts.append(f"| `{role.value}` | {ROLES[role]} | {held} | {capacity} |")
    parts += [
        "",
        "`applicant` is the citizen who asks, `system` the portal's own clock; nobody is appointed to them.\n",
        "## Commands at each step\n",
        "A command that is not in the row of the open step is refused, whoever gives it. *Not the same person* names",
        "the steps whose workers may not give a command here.\n",
    ]
    for government, sop in _sops():
        parts += [f"### {government}: {sop.title} (`{sop.process.value}`)\n"]
        parts += [
            "| step | command | by | must be filled in | not the same person | leads to |",
            "|---|---|---|---|---|---|",
        ]
        for step, one in sop.exits():
            needs = ", ".join(f"`{name}`" for name in dict.fromkeys((*one.needs, *ALWAYS_NEEDS.get(one.command, ()))))
            apart = ", ".join("its own" if no == step.no else no for no in step.not_same_as)
            parts.append(f"| {step.no} | `{one.command.value}` | {_who(one.by)} | {needs} | {apart} | {_where(one)} |")
        parts.append("")
    return "\n".join(parts)


WRITTEN = {
    "reference/actions.md": actions,
    "reference/options.md": options,
    "reference/commands.md": commands,
    "reference/sop-steps.md": sops,
    "reference/sop-outputs.md": outputs,
    "permissions.md": permissions,
    "../ckanext/satudata/sop/schema.json": lambda: json.dumps(sop_schema.process_schema(), indent=1),
    "../ckanext/satudata/sop/formulir.schema.json": lambda: json.dumps(sop_schema.form_schema(), indent=1),
}
