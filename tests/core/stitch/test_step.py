"""Records in, stays and counts out."""


def test_a_stay_is_joined_started_and_ended(talk):
    talk.touch("wristband:w", "queue.joined", 1_000, "ride")
    talk.touch("wristband:w", "service.started", 61_000, "ride", d={"server": "train 2"})
    talk.touch("wristband:w", "service.ended", 181_000, "ride")
    [stay] = talk.stays()
    assert (stay["joined_at"], stay["started_at"], stay["ended_at"]) == (1.0, 61.0, 181.0)
    assert (stay["wait_seconds"], stay["service_seconds"], stay["outcome"]) == (60.0, 120.0, "served")
    assert (stay["server"], stay["customer"], stay["guessed"]) == ("train 2", "wristband:w", 0)
    assert talk.counts("wristband:w")["touchpoints"] == 3
