"""Packaging of ckanext-satudata; every non-Python file is listed in MANIFEST.in."""

import runpy
from pathlib import Path

from setuptools import find_namespace_packages, setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent
for _language in ("en", "id"):  # the build fills them; what is packaged is looked up before
    Path(HERE, "ckanext", "satudata", "i18n", _language, "LC_MESSAGES").mkdir(parents=True, exist_ok=True)


class BuildWithCatalogues(build_py):
    """Writes the message catalogues from the rooms' parts before the package is gathered."""

    def run(self):
        runpy.run_path(str(HERE / "ckanext" / "satudata" / "i18n" / "build.py"), run_name="__main__")
        super().run()


setup(
    name="ckanext-satudata",
    version="0.1.0",
    description="Satu Data portal for Indonesian local governments, as CKAN plugins",
    long_description=(HERE / "README.md").read_text(encoding="utf-8"),
    long_description_content_type="text/markdown",
    license="AGPL-3.0-or-later",
    python_requires=">=3.10",
    packages=find_namespace_packages(include=["ckanext", "ckanext.satudata*"]),
    include_package_data=True,
    zip_safe=False,
    extras_require={"s3": ["boto3"]},
    cmdclass={"build_py": BuildWithCatalogues},
    install_requires=(HERE / "requirements-plugin.in").read_text(encoding="utf-8").split("\n"),
    entry_points={
        "ckan.plugins": [
            "satudata = ckanext.satudata.plugin:SatudataPlugin",
            "satudata_access = ckanext.satudata.access.plugin:AccessPlugin",
            "satudata_publication = ckanext.satudata.publication.plugin:PublicationPlugin",
            "satudata_ppid = ckanext.satudata.ppid.plugin:PpidPlugin",
            "satudata_reports = ckanext.satudata.reports.plugin:ReportsPlugin",
            "satudata_posts = ckanext.satudata.posts.plugin:PostsPlugin",
            "satudata_search = ckanext.satudata.search.plugin:SearchPlugin",
        ],
        "ckan.rdf.profiles": ["satudata_dcat_ap_3 = ckanext.satudata.shared.finding.dcat:SatudataProfile"],
        "babel.extractors": ["ckan = ckan.lib.extract:extract_ckan"],
    },
)
