"""Parts of a decision: each is decided once."""

import pytest

from ckanext.satudata.domain.decision import part_faults
from ckanext.satudata.domain.sop import Command

WHY = "Data memuat riwayat kesehatan tiap pasien sehingga orangnya dikenali."


@pytest.mark.parametrize("again", ["Data A", " data  a ", "DATA\u00a0A", "dataA", "Ｄata A"])
def test_the_same_part_is_not_decided_twice(again):
    def fields(what):
        parts = [{"what": "Data A", "decision": "granted"}, {"what": what, "decision": "refused"}]
        payload = {"reason_code": "17h", "note": WHY, "parts": parts}
        return [fault.field for fault in part_faults(payload, Command.GRANT_IN_PART)]

    assert fields(again) == ["part_2_what"] and fields("Data B") == []
