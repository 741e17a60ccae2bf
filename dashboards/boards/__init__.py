"""Every board there is, in the order in which people meet them."""

from dashboards.boards.call_centre import CALL_CENTRE
from dashboards.boards.live_operations import LIVE_OPERATIONS
from dashboards.panels import Board

BOARDS: tuple[Board, ...] = (LIVE_OPERATIONS, CALL_CENTRE)
