"""The call-centre day on Apache Kafka: the same answers, once or twice imported."""

import pytest
from support.recorded import call_centre, figures
from support.recorded.call_centre_oracle import totals
from support.recorded.files import rows
from support.road import Road

pytestmark = [pytest.mark.slow, pytest.mark.kafka]


def test_the_call_centre_day_has_its_figures_there_too(files, clean_kafka, tmp_path):
    with Road(tmp_path, servers=clean_kafka.connection.servers) as road:
        assert road.touchline("topics").returncode == 0
        for _ in range(2):
            done = road.touchline("import", str(files["calls"]), "--wait")
            assert done.returncode == 0, done.stderr

        found = {
            queue: (answered, at_once, abandoned, waited, longest)
            for queue, answered, at_once, abandoned, waited, longest in road.query(figures.CALLS)
        }
        assert found == {
            queue: (of.answered, of.at_once, of.abandoned, of.wait_seconds, of.longest_seconds)
            for queue, of in totals(rows(call_centre.FILE)).items()
        }
        assert "nothing to do" in done.stderr
