-- mart.visitors: unique visitors (distinct pseudonyms with a visit) by day, ISO week and month, for the city and each
-- kecamatan, kelurahan, area, category and site. They are not added up. code '' is the city, '?' is not known.
-- From entry and the site row valid on the day. Not in the build before the disclosure rules are: one person in a
-- small place could be told from it.
CREATE OR REPLACE TABLE mart.visitors AS
WITH seen AS (
    SELECT DISTINCT e.visitor, e.day_wib AS day, e.site_id, s.kelurahan_code, k.kecamatan_code, s.area_id, s.category
    FROM entry e
    LEFT JOIN site s
        ON s.place_id = e.site_id
        AND e.day_wib BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')
    LEFT JOIN kelurahan k ON k.code = s.kelurahan_code
    WHERE e.kind = 'visit'
),
levelled AS (
    SELECT visitor, day, 'city' AS level, '' AS code FROM seen
    UNION ALL SELECT visitor, day, 'kecamatan', coalesce(kecamatan_code, '?') FROM seen
    UNION ALL SELECT visitor, day, 'kelurahan', coalesce(kelurahan_code, '?') FROM seen
    UNION ALL SELECT visitor, day, 'area', area_id FROM seen WHERE area_id IS NOT NULL
    UNION ALL SELECT visitor, day, 'category', coalesce(category, '?') FROM seen
    UNION ALL SELECT visitor, day, 'site', site_id FROM seen
)
SELECT 'day' AS period, day AS first, level, code, count(DISTINCT visitor)::INTEGER AS visitors
FROM levelled GROUP BY ALL
UNION ALL
SELECT 'week', date_trunc('week', day)::DATE, level, code, count(DISTINCT visitor)::INTEGER FROM levelled GROUP BY ALL
UNION ALL
SELECT 'month', date_trunc('month', day)::DATE, level, code, count(DISTINCT visitor)::INTEGER FROM levelled GROUP BY ALL
ORDER BY ALL;
