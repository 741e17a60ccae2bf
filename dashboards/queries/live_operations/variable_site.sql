-- The sites that places.json names.
SELECT DISTINCT site AS value, site AS label FROM places FINAL WHERE site != '' ORDER BY site
