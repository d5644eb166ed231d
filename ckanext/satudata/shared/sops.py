"""The SOP files a site runs: read at start, kept by version for the cases that began under them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import ckan.plugins.toolkit as tk
from sqlalchemy.dialects.postgresql import insert

from ckanext.satudata.domain import sop_file
from ckanext.satudata.domain.errors import NotThere
from ckanext.satudata.domain.sop import BadSop, Problem, Sop
from ckanext.satudata.model.base import utcnow
from ckanext.satudata.model.sop_version import SopVersion

OURS = Path(__file__).parent.parent / "sop"


def chosen() -> str:
    """The option as it stands: a name in our own folder, or a path."""
    return tk.config["ckanext.satudata.sop"]


def current() -> dict[str, Sop]:
    """The running SOP of each process. Raises `BadSop` where a file cannot run: the start stops."""
    return {name: sop for name, (sop, _text, _government) in _loaded(chosen()).items()}


def running(process: str) -> Sop:
    """The SOP new cases of that process start under. Raises NotThere."""
    try:
        return current()[process]
    except KeyError:
        raise NotThere("This portal has no such process.") from None


def is_own(process: str) -> bool:
    """False where the government's own files say nothing of the process and `default` fills in."""
    return _loaded(chosen())[process][2] == chosen()


def keep(session: Any, process: str) -> Sop:
    """The running SOP, its text stored for as long as a case may need it."""
    running(process)
    sop, text, government = _loaded(chosen())[process]
    values = {"id": sop.version, "government": government, "process": process, "source": text, "loaded_at": utcnow()}
    session.execute(insert(SopVersion).values(values).on_conflict_do_nothing(index_elements=["id"]))
    return sop


def of_version(session: Any, version: str) -> Sop:
    """The SOP a case started under, whatever the files say today."""
    for sop in current().values():
        if sop.version == version:
            return sop
    row = session.get(SopVersion, version)
    if row is None:
        raise NotThere("The SOP this case started under is missing.")
    return _parsed(row.source)


@lru_cache(maxsize=64)
def _parsed(text: str) -> Sop:
    return sop_file.read(text)


@lru_cache(maxsize=8)
def _loaded(name: str) -> dict[str, tuple[Sop, str, str]]:
    own = Path(name) if "/" in name else OURS / name
    if not own.is_dir():
        mend = "Name one of the folders in the package, or the path of your own, in ckanext.satudata.sop."
        raise BadSop((Problem(str(own), 0, "", "There is no such folder of SOP files.", mend),))
    found: dict[str, tuple[Sop, str, str]] = {}
    problems: list[Problem] = []
    for folder, government in ((OURS / "default", "default"), (own, name)):
        for path in sorted(folder.glob("*.yaml")):
            try:
                text = path.read_text(encoding="utf-8")
                sop = sop_file.read(text, str(path))
            except BadSop as error:
                problems += error.problems
                continue
            except UnicodeDecodeError:
                problems.append(Problem(str(path), 1, "", "The file is not UTF-8.", "Save it as UTF-8."))
                continue
            if sop.process.value != path.stem:
                fault = f"The file describes the process {sop.process.value!r}."
                problems.append(Problem(str(path), 1, "", fault, "Name the file after its process."))
            found[sop.process.value] = (sop, text, government)
    if problems:
        raise BadSop(tuple(problems))
    return found
