"""WSGI entry for gunicorn."""

import contextlib
import os

with contextlib.suppress(ImportError):
    import pylibmagic  # noqa: F401  CKAN needs libmagic; this wheel brings it where the system has none

from ckan.cli import CKANConfigLoader
from ckan.config.middleware import make_app
from ckan.lib.i18n import build_js_translations

application = make_app(CKANConfigLoader(os.environ["CKAN_INI"]).get_config())
# CKAN does this only for its development server; without it its scripts speak English.
build_js_translations()
