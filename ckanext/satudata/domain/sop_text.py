"""The text of an SOP file as plain values that know their line, and the faults found in them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import Enum
from typing import Any, TypeVar

import yaml

E = TypeVar("E", bound=Enum)


@dataclass(frozen=True)
class Problem:
    """What is wrong with a file, where, and how to mend it. English: it is read at start-up and in logs."""

    file: str
    line: int
    step: str
    fault: str
    mend: str

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}" + (f", step {self.step}" if self.step else "")
        return f"{where}: {self.fault} {self.mend}"


class BadSop(ValueError):
    """A file that cannot run; `problems` lists every fault found, not only the first."""

    def __init__(self, problems: tuple[Problem, ...]):
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class Lined(dict):
    """A mapping that knows the line it stands on."""

    line = 0


class _Loader(yaml.SafeLoader):
    """Every scalar stays text (in YAML 1.1 the key `no` would be False and step 10 an integer)."""

    yaml_implicit_resolvers: dict = {}

    def construct_lined(self, node: yaml.MappingNode) -> Lined:
        result = Lined()
        result.line = node.start_mark.line + 1
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str) or key in result:
                raise yaml.constructor.ConstructorError(
                    None, None, f"the key {key!r} stands twice", key_node.start_mark
                )
            result[key] = self.construct_object(value_node, deep=True)
        return result


_Loader.add_constructor("tag:yaml.org,2002:map", _Loader.construct_lined)


class Faults:
    """What is wrong with one file, collected so that all of it is told at once."""

    def __init__(self, file: str):
        self.file = file
        self.problems: list[Problem] = []

    def add(self, line: int, step: str, fault: str, mend: str) -> None:
        """One more fault."""
        self.problems.append(Problem(self.file, line, step, fault, mend))

    def stop(self) -> None:
        """Raises BadSop where something was found."""
        if self.problems:
            raise BadSop(tuple(sorted(self.problems, key=lambda problem: problem.line)))

    def unknown(self, data: Lined, known: Collection[str], step: str) -> None:
        """A fault for every key that means nothing here."""
        for key in sorted(set(data) - set(known)):
            self.add(data.line, step, f"Unknown key `{key}`.", f"Known are {', '.join(sorted(known))}.")

    def one(self, kind: type[E], value: Any, line: int, step: str, what: str) -> E | None:
        """The member of an enumeration, or a fault and None."""
        try:
            return kind(value)
        except ValueError:
            known = ", ".join(item.value for item in kind)
            self.add(line, step, f"Unknown {what} {value!r}.", f"Known are {known}.")
            return None

    def many(self, kind: type[E], value: Any, line: int, step: str, what: str) -> tuple[E, ...]:
        """One name or a list of names as members of an enumeration."""
        found = (self.one(kind, name, line, step, what) for name in texts(value))
        return tuple(item for item in found if item)

    def flag(self, data: Lined, key: str, step: str) -> bool:
        """A key that is `true`, `false` or absent."""
        value = data.get(key, "false")
        if value not in ("true", "false"):
            self.add(data.line, step, f"`{key}` is {value!r}.", "Write true or false.")
        return value == "true"


def load(text: str, faults: Faults) -> Any:
    """The values of a YAML text. Raises BadSop where it is none."""
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        fault = f"This is not YAML: {getattr(error, 'problem', None) or error}."
        faults.add(mark.line + 1 if mark else 1, "", fault, "Mend the line.")
        raise BadSop(tuple(faults.problems)) from None


def mapping(text: str, faults: Faults) -> Lined:
    """The keys of a YAML text. Raises BadSop where it holds none."""
    data = load(text, faults)
    if not isinstance(data, Lined):
        faults.add(1, "", "The file holds no keys.", "Begin with `name:`.")
        faults.stop()
    return data


def texts(value: Any) -> tuple[str, ...]:
    """One text or a list of texts as a tuple."""
    if value in (None, ""):
        return ()
    return tuple(str(item) for item in value) if isinstance(value, list) else (str(value),)
