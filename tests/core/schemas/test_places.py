"""What a place may say of itself."""

import pytest
from pydantic import ValidationError

from schemas.place import Place


def test_a_time_zone_is_one_that_exists():
    assert Place(id="grill", timezone="Asia/Tokyo").timezone == "Asia/Tokyo"
    with pytest.raises(ValidationError, match="'Mars/Olympus' is no time zone; write an IANA name"):
        Place(id="grill", timezone="Mars/Olympus")
    with pytest.raises(ValidationError, match="is no time zone"):
        Place(id="grill", timezone="../etc/passwd")
