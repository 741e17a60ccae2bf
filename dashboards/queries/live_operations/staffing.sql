-- Servers at work against servers needed, most missing first; where the need is not known its reason stands beside.
SELECT
    place,
    if(declared.name = '', place, declared.name) AS name,
    servers,
    servers_required,
    if(isNull(spare), NULL, greatest(-spare, 0)) AS missing,
    multiIf(
        verdict = 'under', concat(toString(-spare), ' missing'), verdict = 'over', concat(toString(spare), ' to spare'),
        verdict = 'enough', 'enough',
        reason = '', 'servers not known', replaceAll(toString(reason), '_', ' ')
    ) AS said,
    expected_wait_seconds,
    required_wait_seconds,
    arrivals,
    services,
    service_seconds,
    if(abandons < 3, NULL, patience_seconds) AS patience_seconds
FROM
(
    SELECT *
    FROM staffing
    WHERE at > $__toTime - INTERVAL 15 MINUTE AND at <= $__toTime
        AND $__conditionalAll(place IN (${place:singlequote}), $place)
        AND $__conditionalAll(place IN (SELECT id FROM places FINAL WHERE site IN (${site:singlequote})), $site)
    ORDER BY at DESC
    LIMIT 1 BY place
) AS last
LEFT JOIN places AS declared FINAL ON declared.id = last.place
ORDER BY isNull(spare), spare, name
LIMIT 100
