"""A second portal that harvests, in a process of its own: stock CKAN with `ckanext-harvest` and our search engine.

Started with its own `CKAN_INI`; each line on standard input is a command, each line on standard output its JSON
answer, so that CKAN is loaded once for several harvests.
"""

from __future__ import annotations

import json
import sys
from typing import Any

USER = "pemanen"


def prepare(url: str) -> dict[str, Any]:
    """Registers the portal at `url` as a source of type `ckan` with the harvester's default configuration."""
    import ckan.model as model
    import ckan.plugins.toolkit as tk

    model.Session.add(model.User(name=USER, email="pemanen@provinsi.example", sysadmin=True))
    model.Session.commit()
    context = {"user": USER, "ignore_auth": True}
    agency = tk.get_action("organization_create")(dict(context), {"name": "provinsi", "title": "Provinsi"})
    source = {"name": "kota", "title": "Kota", "url": url, "source_type": "ckan", "owner_org": agency["id"]}
    return {"id": tk.get_action("harvest_source_create")(dict(context), source)["id"]}


def harvest(source_id: str) -> dict[str, Any]:
    """One harvest, through the stages of ckanext-harvest; what it did and what this portal now holds by search."""
    import ckan.model as model
    import ckan.plugins.toolkit as tk
    from ckanext.harvest import queue
    from ckanext.harvest.model import HarvestJob
    from ckanext.harvest.tests import lib

    model.Session.remove()
    context = {"user": USER, "ignore_auth": True}
    job = HarvestJob.get(tk.get_action("harvest_job_create")(dict(context), {"source_id": source_id})["id"])
    lib.run_harvest_job(job, queue.get_harvester("ckan"))
    status = tk.get_action("harvest_source_show_status")(dict(context), {"id": source_id})
    found = tk.get_action("package_search")({"user": ""}, {"fq": "dataset_type:dataset", "rows": 1000})
    last = status["last_job"]
    errors = [*last["gather_error_summary"], *last["object_error_summary"]]
    return {"stats": last["stats"], "errors": errors, "held": found["results"]}


def main() -> None:
    """Reads `{"command": name, ...}` line by line until the input ends."""
    from ckan.cli import load_config
    from ckan.config.middleware import make_app

    answers, sys.stdout = sys.stdout, sys.stderr
    app = make_app(load_config())
    with app._wsgi_app.test_request_context():
        for line in sys.stdin:
            given = json.loads(line)
            answer = {"prepare": prepare, "harvest": harvest}[given.pop("command")](**given)
            answers.write(json.dumps(answer) + "\n")
            answers.flush()


if __name__ == "__main__":
    main()
