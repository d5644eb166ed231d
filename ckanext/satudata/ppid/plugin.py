"""`satudata_ppid`: requests for limited data."""

import ckan.plugins as p

from ckanext.satudata.shared import crypto
from ckanext.satudata.shared.room import Room


class PpidPlugin(Room):
    """Requests for limited data."""

    p.implements(p.IConfigurable)

    templates = "ppid"

    def configure(self, _options):
        """Stops the start where applicants' data could not be read; binds commands, mails and the desk."""
        from ckanext.satudata.ppid import (  # noqa: F401
            asking_jobs,
            asking_mails,
            asking_privacy,
            candidate_desk,
            completing,
            config,
            deciding,
            effects,
            erasure,
            giving,
            government,
            handover,
            jobs,
            lapsing,
            mails,
            noticing,
            objection_desk,
            objection_effects,
            objection_mails,
            objection_privacy,
            presenter,
            refusal_tests,
            refusal_tests_desk,
            routing,
            way_mails,
        )

        crypto.keys()
        config.demands()
        government.bind()
