-- Agents at work, needed and busy, by queue, in the quarters of the last hour: what agents say of themselves
-- (agent_occupancy = talking or wrap-up / signed in and not on break), and calls against who is at work (occupancy).
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
    agents.occupancy AS agent_occupancy,
    agents.available_seconds AS agent_seconds,
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
LEFT JOIN
(
    SELECT
        place, toNullable(sum(quarters.available_seconds)) AS available_seconds,
        sum(quarters.handling_seconds) / nullIf(sum(quarters.available_seconds), 0) AS occupancy
    FROM agent_quarters(since = $__toTime_ms - INTERVAL 1 HOUR, until = $__toTime_ms) AS quarters
    GROUP BY place
) AS agents ON agents.place = worked.place
WHERE $__conditionalAll(worked.place IN (${place:singlequote}), $place)
ORDER BY isNull(staff.spare), staff.spare, name
LIMIT 100
