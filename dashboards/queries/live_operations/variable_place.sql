-- Places, declared or seen in the last day, by name.
SELECT place AS value, if(declared.name = '', place, declared.name) AS label
FROM
(
    SELECT id AS place FROM places FINAL
    UNION DISTINCT
    SELECT place FROM queue_load WHERE at > $__toTime - INTERVAL 1 DAY AND at <= $__toTime
) AS known
LEFT JOIN places AS declared FINAL ON declared.id = known.place
WHERE $__conditionalAll(declared.site IN (${site:singlequote}), $site)
ORDER BY label, value
LIMIT 1000
