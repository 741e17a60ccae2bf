CREATE VIEW IF NOT EXISTS nearest
AS WITH
    (
        SELECT toFloat64(value) FROM settings FINAL WHERE name = 'walking_metres_per_second'
    ) AS walking_metres_per_second,
    (SELECT (any(lat), any(lon)) FROM places FINAL WHERE id = {place:String}) AS there,
    if({place:String} = '', {lat:Nullable(Float64)}, there.1) AS from_lat,
    if({place:String} = '', {lon:Nullable(Float64)}, there.2) AS from_lon
SELECT
    place, name, site, kind,
    geoDistance(from_lon, from_lat, assumeNotNull(lon), assumeNotNull(lat)) AS distance_metres,
    distance_metres / walking_metres_per_second AS walk_seconds,
    wait_p50_seconds,
    wait_p90_seconds,
    walk_seconds + wait_p50_seconds AS total_seconds,
    walk_seconds + wait_p90_seconds AS total_p90_seconds,
    wait_method, wait_reason, wait_samples, waiting, being_served, servers,
    opens, closes, time_zone,
    snapshot_at, as_of, behind_seconds
FROM
(
    SELECT
        *,
        formatDateTime(
            ifNull(as_of, now64(3, 'UTC'))
            + toIntervalSecond(toInt64(ifNull(
                geoDistance(from_lon, from_lat, ifNull(lon, 0), ifNull(lat, 0)) / walking_metres_per_second, 0
            ))),
            '%T',
            time_zone
        ) AS arrives
    FROM place_now
)
WHERE state = 'open'
    AND ({kind:String} = '' OR kind = {kind:String})
    AND isNotNull(lat) AND isNotNull(lon) AND isNotNull(from_lat) AND isNotNull(from_lon)
    AND multiIf(
        opens = '' AND closes = '', true,
        closes = '', arrives >= opens,
        opens = '', arrives < closes,
        opens < closes, arrives >= opens AND arrives < closes,
        arrives >= opens OR arrives < closes
    )
ORDER BY isNull(total_seconds), total_seconds, walk_seconds, place
COMMENT 'nearest(kind=, place=, lat=, lon=): places that are open when one gets there, by walk + expected wait; unknown waits last'
