"""Every board there is, in the order in which people meet them."""

from dashboards.boards.live_operations import LIVE_OPERATIONS
from dashboards.panels import Board

BOARDS: tuple[Board, ...] = (LIVE_OPERATIONS,)
