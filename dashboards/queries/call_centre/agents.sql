-- Agents at work, needed and busy, by queue: occupancy = handle time / time at work, in the quarters of the last hour.
SELECT
    worked.place AS place,
    if(declared.name = '', worked.place, declared.name) AS name,
    multiIf(
        staff.verdict = 'under', concat(toString(-staff.spare), ' missing'),
        staff.verdict = 'over', concat(toString(staff.spare), ' to spare'),
        staff.verdict = 'enough', 'enough',
        staff.reason = '', 'agents not known', replaceAll(toString(staff.reason), '_', ' ')
    ) AS said,
    staff.servers AS servers,
    staff.servers_required AS servers_required,
    worked.occupancy AS occupancy,
    staff.expected_wait_seconds AS expected_wait_seconds,
    staff.arrivals AS arrivals,
    staff.service_seconds AS service_seconds
FROM
(
    SELECT place, sum(busy_seconds) / nullIf(sum(staffed_seconds), 0) AS occupancy
    FROM place_quarters(since = $__toTime_ms - INTERVAL 1 HOUR, until = $__toTime_ms)
    GROUP BY place
) AS worked
INNER JOIN
(
    SELECT id, name FROM places FINAL WHERE kind = 'call_queue'
) AS declared ON declared.id = worked.place
LEFT JOIN
(
    SELECT *
    FROM staffing
    WHERE at > $__toTime - INTERVAL 15 MINUTE AND at <= $__toTime
    ORDER BY at DESC
    LIMIT 1 BY place
) AS staff ON staff.place = worked.place
WHERE $__conditionalAll(worked.place IN (${place:singlequote}), $place)
ORDER BY isNull(staff.spare), staff.spare, name
LIMIT 100
