-- Records refused in the span, by reason and emitting service; the exact bytes of each stand in the table rejected.
SELECT
    reason,
    if(source = '', 'unreadable', source) AS source,
    count() AS refused,
    max(rejected_at) AS last_at,
    argMax(if(field = '', detail, concat(field, ': ', detail)), rejected_at) AS example
FROM rejected FINAL
WHERE $__timeFilter(rejected_at)
GROUP BY reason, source
ORDER BY refused DESC, reason, source
LIMIT 50
