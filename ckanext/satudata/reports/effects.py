"""What a command means for reports: whichever step makes one, by its SOP, files it (Malang 000-11, Jember 003-7)."""

from __future__ import annotations

from ckanext.satudata.reports import copies, filing
from ckanext.satudata.shared import effects

effects.always(filing.record)
effects.always(copies.take)
