"""`satudata`: what every room stands on — templates, catalogues, tables, roles, the registry, the vault, the gate."""

from __future__ import annotations

import ckan.model as model
import ckan.plugins as p
import ckan.plugins.toolkit as tk
from ckan.exceptions import CkanConfigurationException
from ckan.lib.plugins import DefaultTranslation

from ckanext.satudata.cli import satudata
from ckanext.satudata.shared import memory, optional, periodic, quiet, raw_writes, registries
from ckanext.satudata.shared.care import journal_seals as journal_seals  # these register their work
from ckanext.satudata.shared.care import upkeep as upkeep
from ckanext.satudata.shared.files import own_fetch, store, uploads
from ckanext.satudata.shared.finding import facets
from ckanext.satudata.shared.finding import search_index as search_index
from ckanext.satudata.shared.guestbook import retention as retention
from ckanext.satudata.shared.hidden import blind, blind_beside, counted, labels
from ckanext.satudata.shared.people import agency_past, sessions
from ckanext.satudata.shared.publishing import dataset_names, found, gate, permits
from ckanext.satudata.shared.room import Room
from ckanext.satudata.shared.sop import sops
from ckanext.satudata.views import search_pages

LISTS_FOR_PEOPLE = frozenset(
    {
        "home.index", "home.about", "dataset.search", "organization.index", "organization.read",
        "organization.bulk_process", "group.index", "group.read", "user.read", "user.read_organizations",
        "user.read_groups", "dashboard.datasets", "dashboard.organizations", "dashboard.groups",
    }
)  # fmt: skip


class SatudataPlugin(Room, DefaultTranslation):
    """The base plugin; it cannot be left out."""

    p.implements(p.ITranslation)
    p.implements(p.IAuthenticator, inherit=True)
    p.implements(p.IConfigurable)
    p.implements(p.IFacets, inherit=True)
    p.implements(p.IMiddleware, inherit=True)
    p.implements(p.IPackageController, inherit=True)
    p.implements(p.IPermissionLabels)
    p.implements(p.IUploader, inherit=True)

    def update_config(self, config):
        super().update_config(config)
        tk.add_public_directory(config, "public/base")
        tk.add_resource("assets", "satudata")
        # Errors of the database would write what people typed, and who they are, into the log.
        config["sqlalchemy.hide_parameters"] = True

    def update_config_schema(self, schema):
        from ckanext.satudata.shared import settings

        return {**schema, **settings.schema()}

    def configure(self, config):
        others = [plugin.name for plugin in p.PluginImplementations(p.IPermissionLabels) if plugin is not self]
        if others:
            raise CkanConfigurationException(
                f"The plugins {', '.join(others)} and satudata both decide who sees which dataset (IPermissionLabels); "
                "CKAN would follow only one of them. Remove them from ckan.plugins."
            )
        missing = {"scheming_datasets", "scheming_organizations"} - set(tk.aslist(config.get("ckan.plugins")))
        if missing:
            raise CkanConfigurationException(
                f"satudata needs the plugins {', '.join(sorted(missing))} of ckanext-scheming: the fields of datasets "
                "and producers are theirs. Add them to ckan.plugins after the satudata plugins."
            )
        with sops.told_at_start():
            sops.current()
        store.check()
        for factory in (model.Session, model.meta.create_local_session):
            store.listen(factory)
            permits.listen(factory)
            raw_writes.listen(factory)
        sessions.listen()
        agency_past.listen()
        found.arrive()
        own_fetch.begin()
        quiet.keep_addresses_out_of_logs()
        quiet.keep_tokens_out_of_logs()
        periodic.begin()
        counted.begin()

    def make_middleware(self, app, config):
        from flask_wtf.csrf import CSRFError

        from ckanext.satudata.views import clean_session, compress, cross_site, incoming, lapsed, proxies
        from ckanext.satudata.views.data import take_over

        take_over(app)
        clean_session.install(app)
        compress.install(app)
        cross_site.install()
        incoming.install(app)
        app.register_error_handler(CSRFError, lapsed.stale)
        proxies.install(app, config["ckanext.satudata.proxies"])
        registries.gather()
        memory.settle()
        return app

    def get_actions(self):
        return blind.actions({**super().get_actions(), **optional.actions(), **blind_beside.actions()})

    def get_auth_functions(self):
        return {**super().get_auth_functions(), **optional.auth()}

    def identify(self):
        sessions.end_foreign()

    def get_commands(self):
        super().get_commands()
        return [satudata]

    def i18n_domain(self):
        return "ckanext-satudata"

    def dataset_facets(self, facets_dict, package_type):
        return facets.titles()

    def organization_facets(self, facets_dict, organization_type, package_type):
        found = facets.titles()
        found.pop("organization")
        return found

    def before_dataset_search(self, search_params):
        if tk.request and tk.request.endpoint in LISTS_FOR_PEOPLE:
            # What says "withdrawn" is for harvesters, not for who looks for data.
            search_params["fq"] = f"{search_params.get('fq') or ''} -name:{dataset_names.STUB_PREFIX}*".strip()
        return search_params

    def after_dataset_search(self, search_results, search_params):
        search_pages.require_page(search_results["count"], search_params)
        return search_results

    def before_dataset_index(self, pkg_dict):
        return facets.add_to(pkg_dict)

    def after_dataset_show(self, context, pkg_dict):
        return found.complete(pkg_dict)

    def after_dataset_create(self, context, pkg_dict):
        package = model.Session.get(model.Package, pkg_dict["id"])
        if package is not None and permits.is_governed(package.type):
            gate.after_create(model.Session, package, context.pop(gate.CONTEXT_KEY, None))

    def get_dataset_labels(self, dataset_obj):
        return labels.of_dataset(dataset_obj)

    def get_user_dataset_labels(self, user_obj):
        return labels.of_user(user_obj)

    def get_resource_uploader(self, data_dict):
        return uploads.NothingToUpload(data_dict)
