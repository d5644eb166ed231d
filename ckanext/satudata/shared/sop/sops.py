"""The SOP files a site runs: read at start, kept by version for the cases that began under them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
from ckan.exceptions import CkanConfigurationException
from sqlalchemy.dialects.postgresql import insert

from ckanext.satudata.domain import sop_file
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.sop import Command, Process, Sop, Step
from ckanext.satudata.domain.sop_text import BadSop, Problem
from ckanext.satudata.model.base import utcnow
from ckanext.satudata.model.sop_version import SopVersion

OURS = Path(__file__).parents[2] / "sop"
FALLBACK = "default"
NAME_ONE = "Name one of the folders in the package, or the path of your own, in ckanext.satudata.sop."
FORMS = "formulir"
"""The subfolder of signed forms; several processes may be parts of one."""


@dataclass(frozen=True)
class Loaded:
    """A process as it runs: its text with that of its form, and the folder it comes from."""

    sop: Sop
    source: str
    government: str


@contextmanager
def told_at_start() -> Iterator[None]:
    """Faults of a government's files end the start by their own words: CKAN's commands show no traceback of these."""
    try:
        yield
    except BadSop as error:
        raise CkanConfigurationException(str(error)) from None


def chosen() -> str:
    """The option as it stands: a name in our own folder, or a path."""
    return tk.config["ckanext.satudata.sop"]


def current() -> dict[str, Sop]:
    """The running SOP of each process. Raises `BadSop` where a file cannot run: the start stops."""
    return {name: loaded.sop for name, loaded in _loaded(chosen()).items()}


def running(process: str) -> Sop:
    """The SOP new cases of that process start under. Raises NotThere."""
    return _running(process).sop


def source(process: str) -> str:
    """The folder the running SOP comes from: `default` where the government's own files say nothing of the process."""
    return _running(process).government


def text_of_running(version: str) -> str:
    """The text, the form's included, of a process that runs under that version; empty where none does."""
    return next((one.source for one in _loaded(chosen()).values() if one.sop.version == version), "")


def is_own(process: str) -> bool:
    """False where the government's own files say nothing of the process and `default` fills in."""
    return source(process) == chosen()


def form_rows(process: str) -> list[tuple[str, Step]]:
    """The rows of the signed form that the process is part of, in their order, each with the process that runs it.

    Steps that the portal adds (`extra`) are not on the form.
    """
    loaded = _loaded(chosen())
    here = _running(process)
    parts = [
        (name, one.sop)
        for name, one in loaded.items()
        if name == process or (here.sop.form.name and _is_part(one, here.government, here.sop.form.name))
    ]
    rows = [(name, row) for name, sop in parts for row in sop.rows if not row.extra]
    return sorted(rows, key=lambda one: natural(one[1].no))


def natural(no: str) -> tuple[tuple[int, str], ...]:
    """The order of row numbers: 2 before 10, 2 before 2a, A.1 before B.1."""
    return tuple((int(digits or 10**9), word) for digits, word in re.findall(r"(\d+)|([^\d.]+)", no))


def _is_part(loaded: Loaded, government: str, form: str) -> bool:
    return (loaded.government, loaded.sop.form.name) == (government, form)


def _running(process: str) -> Loaded:
    try:
        return _loaded(chosen())[process]
    except KeyError:
        raise NotThere("This portal has no such process.") from None


def keep(session: Any, process: str) -> Sop:
    """The running SOP, its text stored for as long as a case may need it."""
    loaded = _running(process)
    values = {
        "id": loaded.sop.version,
        "government": loaded.government,
        "process": process,
        "source": loaded.source,
        "loaded_at": utcnow(),
    }
    session.execute(insert(SopVersion).values(values).on_conflict_do_nothing(index_elements=["id"]))
    return loaded.sop


def of_version(session: Any, version: str) -> Sop:
    """The SOP a case started under, whatever the files say today."""
    sop = _by_version(chosen()).get(version)
    if sop is not None:
        return sop
    row = session.get(SopVersion, version)
    if row is None:
        raise NotThere("The SOP this case started under is missing.")
    return _parsed(row.source)


@lru_cache(maxsize=64)
def _parsed(text: str) -> Sop:
    return sop_file.read_stored(text)


@lru_cache(maxsize=8)
def _by_version(name: str) -> dict[str, Sop]:
    return {loaded.sop.version: loaded.sop for loaded in _loaded(name).values()}


@lru_cache(maxsize=8)
def _loaded(name: str) -> dict[str, Loaded]:
    own = Path(name) if "/" in name else OURS / name
    if not own.is_dir():
        raise BadSop((Problem(str(own), 1, "", "There is no such folder of SOP files.", NAME_ONE),))
    problems = list(_strangers(own))
    found: dict[str, Loaded] = {}
    folders = {FALLBACK: OURS / FALLBACK, name: own}
    for government, folder in folders.items():
        read = folder_of(folder, government, problems)
        problems += _rows_twice(read)
        found |= read
    if not problems:
        problems += _never_begun(found, folders)
    if problems:
        raise BadSop(tuple(problems))
    return found


def folder_of(folder: Path, government: str, problems: list[Problem]) -> dict[str, Loaded]:
    """What one folder holds; the faults of its files are added to `problems`."""
    found: dict[str, Loaded] = {}
    for path in sorted(folder.glob("[!.]*.yaml")):
        try:
            text = _text(path)
            form = _form(folder, text, path)
            sop = sop_file.read(text, str(path), form)
        except BadSop as error:
            problems += error.problems
            continue
        if sop.process.value != path.stem:
            fault = f"The file describes the process {sop.process.value!r}."
            problems.append(Problem(str(path), 1, "", fault, "Name the file after its process."))
        source = sop_file.stored(text, form[0] if form else "")
        found[sop.process.value] = Loaded(sop, source, government)
    return found


def _strangers(own: Path) -> Iterator[Problem]:
    """What in a government's folder nothing reads; a folder without any file would run `default` in silence."""
    known = ", ".join(f"{process.value}.yaml" for process in Process)
    try:
        found = sorted(own.iterdir())
        forms = sorted((own / FORMS).iterdir()) if (own / FORMS).is_dir() else []
    except OSError as error:
        yield Problem(
            str(own), 1, "", f"The folder cannot be read: {error.strerror}.", "Let the portal's user read it."
        )
        return
    if not any(path.suffix == ".yaml" and not _is_aside(path) for path in found):
        yield Problem(str(own), 1, "", "The folder has no SOP file.", f"Put one into it ({known}). {NAME_ONE}")
    for path in found:
        if _is_read(path) or _is_aside(path):
            continue
        mend = f"Name it after its process ({known}), or take it out; forms lie in `{FORMS}/`."
        yield Problem(str(path), 1, "", "Nothing reads this file.", mend)
    for path in forms:
        if path.suffix != ".yaml" and not _is_aside(path):
            yield Problem(str(path), 1, "", "Nothing reads this file.", "Call it `<name>.yaml`, or take it out.")


def _is_read(path: Path) -> bool:
    if path.name == FORMS:
        return path.is_dir()
    return path.suffix == ".yaml" and path.stem in {process.value for process in Process}


def _is_aside(path: Path) -> bool:
    """Hidden files, notes for people and schemas for editors."""
    return path.name.startswith(".") or path.suffix == ".md" or path.name.endswith("schema.json")


def _never_begun(loaded: dict[str, Loaded], folders: dict[str, Path]) -> Iterator[Problem]:
    """Processes that follow what nobody does here."""
    for name, one in loaded.items():
        start = one.sop.start
        if start is None or start.after is None:
            continue
        file = str(folders[one.government] / f"{name}.yaml")
        other = loaded.get(start.after.value)
        if other is None:
            fault = f"`after` names the process {start.after.value}, which neither this folder nor `{FALLBACK}` has."
            yield Problem(file, start.line, "mulai", fault, f"Name one of {', '.join(sorted(loaded))}.")
        elif start.after_command and start.after_command not in (given := _commands(other.sop)):
            fault = f"`after` names the command {start.after_command.value}, which {start.after.value} does not have."
            mend = f"Name one of {', '.join(sorted(command.value for command in given))}."
            yield Problem(file, start.line, "mulai", fault, mend)


def _commands(sop: Sop) -> set[Command]:
    return {exit_.command for _step, exit_ in sop.exits()}


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise BadSop((Problem(str(path), 1, "", "The file is not UTF-8.", "Save it as UTF-8."),)) from None
    except OSError as error:
        fault = f"The file cannot be read: {error.strerror}."
        raise BadSop((Problem(str(path), 1, "", fault, "Put a file there that the portal's user may read."),)) from None


def _form(folder: Path, text: str, path: Path) -> tuple[str, str, str] | None:
    """Text, path and name of the form that a file names."""
    name = sop_file.form_named(text, str(path))
    if not name:
        return None
    form = folder / FORMS / f"{name}.yaml"
    if not re.fullmatch(r"\w+", name) or not form.is_file():
        fault = f"`formulir` names {name!r}, and {FORMS}/{name}.yaml is not there."
        raise BadSop((Problem(str(path), 1, "", fault, f"Put the form into the folder {FORMS}."),))
    return _text(form), str(form), name


def _rows_twice(loaded: dict[str, Loaded]) -> Iterator[Problem]:
    """A row of a form is run by one process."""
    seen: dict[tuple[str, str], str] = {}
    for name, one in loaded.items():
        for row in one.sop.rows:
            key = (one.sop.form.name, row.no)
            if not one.sop.form.name or row.extra:
                continue
            if key in seen:
                fault = f"Row {row.no} of the form stands in {seen[key]}.yaml too."
                mend = "Leave it in one of them, or mark it `extra: true` in the other."
                yield Problem(f"{name}.yaml", row.line, row.no, fault, mend)
            seen[key] = name
