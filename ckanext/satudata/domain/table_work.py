"""One piece of work on tables in a process of its own: `python -m ckanext.satudata.domain.table_work`.

Files from strangers are read here, so that what they cost is a process's that can be ended, with a limit of its memory.
It gets `{"work", "folder", "files": [[path, format]…], …}` as one line of JSON, tells on its output `{"share": 0.4}`
while it works, and at last `{"result": …}` or `{"fault": message, "mend", "params": {…}}`.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import resource
import sys
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

MEMORY = 3 << 30
"""Bytes of addresses, of which a third is never used: a backstop against files made to hurt."""


def main() -> None:
    """Reads what is to be done, does it, and says what came of it."""
    _limit()
    given = json.loads(sys.stdin.readline())
    from ckanext.satudata.domain.errors import Invalid

    def tell(**said: Any) -> None:
        sys.stdout.write(json.dumps(said) + "\n")
        sys.stdout.flush()

    try:
        tell(result=done(given, lambda share: tell(share=round(share, 2)), at_once=True))
    except Invalid as fault:
        tell(fault=fault.message, mend=fault.mend, params=fault.params)


def done(given: dict[str, Any], told: Callable[[float], None], *, at_once: bool = False) -> Any:
    """What is asked for, in this process; `at_once` reads two spreadsheets side by side, one in another process.

    Raises Invalid for files that are no tables or too large.
    """
    if given["work"] in ("scan", "mask", "mask_sample"):
        from ckanext.satudata.domain.personal import tasks

        return tasks.done(given)
    from ckanext.satudata.domain import row_diff, table_parts

    folder = Path(given["folder"])
    places = [(Path(path), format_, folder / f"table-{at}") for at, (path, format_) in enumerate(given["files"])]
    # Texts are read by several threads as it is.
    if at_once and len(places) == 2 and places[0][1].upper() == "XLSX":
        with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), initializer=_limit) as pool:
            other = pool.submit(table_parts.write, *places[0])
            written = [table_parts.write(*places[1])]
            written.insert(0, other.result())
    else:
        written = [table_parts.write(*place) for place in places]
    told(0.6)
    tables = [table_parts.load(place[2], *one) for place, one in zip(places, written, strict=True)]
    if given["work"] == "diff":
        return row_diff.compare(tables[0], tables[1], given["key"], lambda share: told(0.6 + 0.4 * share))
    if given["work"] == "quality":
        from ckanext.satudata.domain import quality

        return quality.check(tables[0], given["key"], lambda share: told(0.6 + 0.4 * share))
    raise ValueError(given["work"])


def _limit() -> None:
    gc.disable()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))


if __name__ == "__main__":
    main()
