-- People who joined, were served and walked away, per minute, from the counts between the snapshots.
-- Areas and car parks are left out: people enter them without joining a queue. In steps of a minute at least; the last step, which is not over yet, is left out.
SELECT
    toStartOfInterval(toDateTime(at), toIntervalSecond(greatest($__interval_s, 60))) AS time,
    sum(arrivals) * 60 / greatest($__interval_s, 60) AS arrivals,
    sum(starts) * 60 / greatest($__interval_s, 60) AS starts,
    sum(abandons) * 60 / greatest($__interval_s, 60) AS abandons
FROM queue_load
WHERE at >= toStartOfInterval($__fromTime, toIntervalSecond(greatest($__interval_s, 60)))
    AND at < toStartOfInterval($__toTime, toIntervalSecond(greatest($__interval_s, 60)))
    AND place NOT IN (SELECT id FROM places FINAL WHERE kind IN ('area', 'parking'))
    AND $__conditionalAll(place IN (${place:singlequote}), $place)
    AND $__conditionalAll(place IN (SELECT id FROM places FINAL WHERE site IN (${site:singlequote})), $site)
GROUP BY time
ORDER BY time
