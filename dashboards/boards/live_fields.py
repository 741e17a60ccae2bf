"""Columns that several panels of *Live operations* have."""

from dashboards.panels import Field

NAME = Field("name", "Place", "text", show="link")
PLACE = Field("place", "Id", "text", show="hidden")
TIME = Field("time", "Time", "time", show="hidden")
TARGET = Field("target_wait_seconds", "Target", "seconds", phone=False)
SAMPLES = Field("estimate_samples", "Intervals", "count", phone=False, wall=False)

BY_TARGET = (
    "Colour: against the target of the place, watch above it, bad above twice the target; without a target none."
)
