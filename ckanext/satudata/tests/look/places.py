"""A small government whose every word starts with `Qx`, so that a test can tell data from text."""

from __future__ import annotations

import io
from typing import Any

import ckan.model as model
from ckan.tests import factories, helpers
from werkzeug.datastructures import FileStorage

from ckanext.satudata.domain.access import DatasetStage
from ckanext.satudata.domain.officer import Role
from ckanext.satudata.shared import datasets, release
from ckanext.satudata.shared.actors import SYSTEM
from ckanext.satudata.tests.factories import hold


def settle() -> dict[str, Any]:
    """One agency with an operator, an open, a limited and a draft dataset; names by kind."""
    operator = factories.UserWithToken(name="qx-operator", fullname="Qxoperator", about="Qxtentang")
    agency = factories.Organization(
        name="qx-dinas",
        title="Qxdinas",
        description="Qxketerangan",
        users=[{"name": operator["name"], "capacity": "editor"}],
    )
    hold(operator["id"], Role.OPERATOR, agency["id"])
    return {
        "agency": agency["name"],
        "operator": operator,
        "open": _publish(_make(agency, "qx-terbuka", "terbuka")),
        "limited": _publish(_make(agency, "qx-terbatas", "terbatas")),
        "draft": _make(agency, "qx-konsep", "terbuka")["id"],
    }


def _make(agency: dict[str, Any], name: str, level: str) -> dict[str, Any]:
    return helpers.call_action(
        "package_create",
        {"ignore_auth": True, "user": "qx-operator"},
        name=name,
        title=name.replace("qx-", "Qx"),
        notes="Qxcatatan",
        owner_org=agency["id"],
        access_level=level,
        periode_data="2023-2024",
        tags=[{"name": "qxkunci"}],
        resources=[
            {"name": "Qxberkas", "upload": FileStorage(io.BytesIO(b"qxa,qxb\n1,2\n"), filename="qx.csv")},
        ],
    )


def _publish(made: dict[str, Any]) -> str:
    for stage in (DatasetStage.IN_REVIEW, DatasetStage.APPROVED):
        datasets.move(model.Session, made["id"], stage)
    done = release.release({"user": "qx-operator"}, made["id"], actor=SYSTEM)
    model.Session.commit()
    done.finish()
    return done.name
