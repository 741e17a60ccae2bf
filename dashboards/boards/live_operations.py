"""*Live operations*: where people wait right now, how long, and where it gets worse."""

from dashboards.boards.live_now import (
    BEING_SERVED,
    DATA_AS_OF,
    FRESHNESS,
    LONGEST_WAIT_NOW,
    PEOPLE_PRESENT,
    PEOPLE_WAITING,
    PLACES_IN_TROUBLE,
    WORST_ESTIMATE,
)
from dashboards.boards.live_places import (
    FLOW,
    LEVEL_TIMELINE,
    LOAD_BY_PLACE,
    LONGEST_WAIT,
    REJECTED,
    WAIT_BY_HOUR,
    WAIT_DISTRIBUTION,
    WAIT_ESTIMATE,
    WAIT_OVER_TIME,
)
from dashboards.boards.live_staff import STAFFING
from dashboards.boards.live_told import SIGNS, TOLD_AND_WAITED
from dashboards.panels import Board, Variable

LIVE_OPERATIONS = Board(
    "live-operations",
    "Live operations",
    "Where people wait right now, how long, and where it gets worse. Each panel says what it counts and how.",
    "Where is it worst right now?",
    (
        FRESHNESS,
        PEOPLE_WAITING,
        LONGEST_WAIT_NOW,
        WORST_ESTIMATE,
        PLACES_IN_TROUBLE,
        BEING_SERVED,
        PEOPLE_PRESENT,
        DATA_AS_OF,
        LOAD_BY_PLACE,
        WAIT_ESTIMATE,
        STAFFING,
        LEVEL_TIMELINE,
        LONGEST_WAIT,
        WAIT_OVER_TIME,
        FLOW,
        WAIT_BY_HOUR,
        WAIT_DISTRIBUTION,
        REJECTED,
        TOLD_AND_WAITED,
        SIGNS,
    ),
    (Variable("site", "Site"), Variable("place", "Place")),
)
