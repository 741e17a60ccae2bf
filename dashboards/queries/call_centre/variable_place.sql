-- Queues of calls: those declared, and those where calls joined on the last day.
SELECT place AS value, if(declared.name = '', place, declared.name) AS label
FROM
(
    SELECT id AS place FROM places FINAL WHERE kind = 'call_queue'
    UNION DISTINCT
    SELECT place FROM call_center_quarters WHERE quarter > $__toTime - INTERVAL 1 DAY AND quarter <= $__toTime AND place != ''
) AS known
LEFT JOIN places AS declared FINAL ON declared.id = known.place
ORDER BY label, value
LIMIT 1000
