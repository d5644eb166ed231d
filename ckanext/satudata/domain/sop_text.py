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
    """A mapping that knows the line it stands on, and those of its keys."""

    line = 0

    def __init__(self, *args: Any, **kwargs: Any):
        super().__init__(*args, **kwargs)
        self.lines: dict[str, int] = {}

    def line_of(self, key: str) -> int:
        """The line of a key; that of the mapping where it has none."""
        return self.lines.get(key, self.line)


class _Loader(yaml.SafeLoader):
    """Every scalar stays text (in YAML 1.1 the key `no` would be False and step 10 an integer); no tag makes more."""

    yaml_implicit_resolvers: dict = {}

    def construct_lined(self, node: yaml.Node) -> Lined:
        if not isinstance(node, yaml.MappingNode):
            raise yaml.constructor.ConstructorError(None, None, "this is no mapping", node.start_mark)
        result = Lined()
        result.line = node.start_mark.line + 1
        for key_node, value_node in node.value:
            key = self.construct_object(key_node, deep=True)
            if not isinstance(key, str) or key in result:
                fault = f"the key {key!r} stands twice" if isinstance(key, str) else "a key is no text"
                raise yaml.constructor.ConstructorError(None, None, fault, key_node.start_mark)
            result.lines[key] = key_node.start_mark.line + 1
            result[key] = self.construct_object(value_node, deep=True)
        return result


_Loader.yaml_constructors = {
    "tag:yaml.org,2002:str": _Loader.construct_yaml_str,
    "tag:yaml.org,2002:seq": _Loader.construct_yaml_seq,
    "tag:yaml.org,2002:map": _Loader.construct_lined,
    None: _Loader.construct_undefined,
}


class Faults:
    """What is wrong with one file, collected so that all of it is told at once.

    `kept`: a text under which cases began; what is asked of new files only is not asked of it.
    """

    def __init__(self, file: str, *, kept: bool = False):
        self.file, self.kept = file, kept
        self.problems: list[Problem] = []

    def add(self, line: int, step: str, fault: str, mend: str) -> None:
        """One more fault."""
        self.problems.append(Problem(self.file, line, step, fault, mend))

    def add_new(self, line: int, step: str, fault: str, mend: str) -> None:
        """One more, unless the text is kept: a case goes on by what its file said."""
        if not self.kept:
            self.add(line, step, fault, mend)

    def stop(self) -> None:
        """Raises BadSop where something was found."""
        if self.problems:
            raise BadSop(tuple(sorted(dict.fromkeys(self.problems), key=lambda problem: problem.line)))

    def unknown(self, data: Lined, known: Collection[str], step: str) -> None:
        """A fault for every key that means nothing here."""
        for key in sorted(set(data) - set(known)):
            self.add(data.line_of(key), step, f"Unknown key `{key}`.", f"Known are {', '.join(sorted(known))}.")

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
            self.add(data.line_of(key), step, f"`{key}` is {value!r}.", "Write true or false.")
        return value == "true"


def load(text: str, faults: Faults) -> Any:
    """The values of a YAML text. Raises BadSop where it is none."""
    try:
        return yaml.load(text, Loader=_Loader)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        faults.add(line, "", f"The character #x{error.character:04x} may not stand in the file.", "Take it out.")
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        fault = f"This is not YAML: {getattr(error, 'problem', None) or error}."
        faults.add(mark.line + 1 if mark else 1, "", fault, "Mend the line.")
    except RecursionError:
        faults.add(1, "", "The file is nested too deeply.", "Take brackets out.")
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
