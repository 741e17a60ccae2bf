CREATE TABLE IF NOT EXISTS places
(
    id String COMMENT 'The place as touchpoints name it',
    name String COMMENT 'Name for people; empty where none was given',
    site String COMMENT 'Site that the place belongs to; empty where none was given',
    within String COMMENT 'The place that this one lies in; empty at the top',
    kind LowCardinality(String) COMMENT 'queue, virtual_queue, call_queue, checkout, area, desk or parking',
    capacity Nullable(UInt32) COMMENT 'People who fit in; NULL where nobody declared it, then load is unknown',
    servers Nullable(UInt32) COMMENT 'Servers by plan; staff.assigned overrides it live',
    min_servers UInt32 COMMENT 'Advice never leaves fewer servers than this',
    target_wait_seconds Nullable(Float64) COMMENT 'Wait that is still acceptable, seconds; levels are measured against it',
    service_level_goal Float64 COMMENT 'Share of waits (0 to 1) that shall end within service_level_within_seconds',
    service_level_within_seconds Float64 COMMENT 'Threshold of the service level, seconds',
    service_level_short_abandon_seconds Float64 COMMENT 'Abandons sooner than this many seconds stay out of the service level',
    presence_timeout_seconds Float64 COMMENT 'Silence after which a presence has ended, seconds',
    wait_timeout_seconds Float64 COMMENT 'Longest wait that is believed, seconds; then it has timed out',
    service_timeout_seconds Float64 COMMENT 'Longest service that is believed, seconds; then it has timed out',
    lat Nullable(Float64) COMMENT 'Latitude, degrees',
    lon Nullable(Float64) COMMENT 'Longitude, degrees',
    opens String COMMENT 'Opening time of day, HH:MM:SS in the time zone of the place; empty where none was given',
    closes String COMMENT 'Closing time of day, HH:MM:SS in the time zone of the place; empty where none was given',
    timezone String COMMENT 'IANA name of the time zone; empty means that of the installation',
    levers Array(String) COMMENT 'What can be done about a queue here: open a till, virtual queue, redirect, ...',
    declared UInt8 COMMENT '1: from places.json',
    version UInt64 COMMENT 'A higher version replaces a lower',
    is_deleted UInt8 DEFAULT 0 COMMENT '1: no longer declared; readers do not see such rows'
)
ENGINE = ReplacingMergeTree(version, is_deleted)
ORDER BY id
COMMENT 'Places as places.json declares them; written by touchline migrate'
