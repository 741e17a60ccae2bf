"""What people were told on *Live operations*, by the estimate and by the sign, against what they then waited."""

from dashboards.boards.live_fields import NAME, PLACE
from dashboards.panels import Field, Panel

TOLD_AND_WAITED = Panel(
    "told_and_waited",
    "Was the estimate true? Last 4 h",
    "Waits that ended in service, beside the estimate at the last look before they began: of 90 in 100 the P90 should "
    "be true, of 50 in 100 the P50. Bias: told (P50) - waited, so below 0 people waited longer than they were told. "
    "Off by: mean of its size. Untold: nobody could say. Who was served at once or gave up is not among them.",
    "waits",
    "table",
    "count",
    (
        NAME,
        Field("said", "Estimate", "text", show="text"),
        Field("waits", "Waits", "count"),
        Field("below_p90_share", "Within P90", "ratio", phone=False),
        Field("below_p50_share", "Within P50", "ratio", phone=False),
        Field("bias_minutes", "Bias, min", "count", decimals=1),
        Field("mean_absolute_error_seconds", "Off by", "seconds", phone=False),
        Field("untold", "Untold", "count", phone=False, wall=False),
        PLACE,
    ),
    width=12,
    height=10,
    empty="Nobody who waited has been served in the last 4 h",
    refresh_seconds=60,
    span_hours=4,
)

SIGNS = Panel(
    "signs",
    "Was the sign true? Last 4 h",
    "What the sign said when people joined (read within 2 h before), beside what they then waited: measured by their "
    "own touchpoints, or observed by somebody (wait.observed). Bias: sign - wait, so below 0 it promised too little. "
    "Kept: waited no longer than it said. A place without a sign is not here.",
    "waits",
    "table",
    "count",
    (
        NAME,
        Field("waits", "Waits", "count"),
        Field("posted_seconds", "Sign, mean", "seconds"),
        Field("wait_seconds", "Waited, mean", "seconds"),
        Field("bias_minutes", "Bias, min", "count", decimals=1),
        Field("mean_absolute_error_seconds", "Off by", "seconds", phone=False),
        Field("kept_share", "Kept", "ratio", phone=False),
        PLACE,
    ),
    width=12,
    height=10,
    empty="No place with a sign had a wait in the last 4 h",
    refresh_seconds=60,
    span_hours=4,
)
