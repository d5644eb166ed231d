"""Alembic environment: the one history of all satudata tables."""

from __future__ import annotations

import importlib
import pkgutil

from alembic import context
from sqlalchemy import engine_from_config, pool

import ckanext.satudata.model as model
from ckanext.satudata.model.base import metadata

for _module in pkgutil.iter_modules(model.__path__):
    importlib.import_module(f"{model.__name__}.{_module.name}")

config = context.config


def include_object(obj, name, type_, reflected, compare_to):
    """Only our own tables: CKAN's live in the same database."""
    return type_ != "table" or name.startswith("satudata_")


def configure(**kwargs):
    """One version table for the one history."""
    context.configure(
        target_metadata=metadata, version_table="satudata_alembic_version", include_object=include_object, **kwargs
    )
    with context.begin_transaction():
        context.run_migrations()


if context.is_offline_mode():
    configure(url=config.get_main_option("sqlalchemy.url"), literal_binds=True)
else:
    engine = engine_from_config(
        config.get_section(config.config_ini_section), prefix="sqlalchemy.", poolclass=pool.NullPool
    )
    with engine.connect() as connection:
        configure(connection=connection)
