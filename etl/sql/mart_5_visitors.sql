-- mart.visitors: unique visitors (distinct pseudonyms with a visit) by day, ISO week and month, for the city and each
-- kecamatan, kelurahan, area, category and site. They are not added up. code '' is the city, '?' is not known.
-- From entry and the site row valid on the day. A build gets them with small counts hidden: see etl/disclosure.py.
-- mart.belonging: which site belonged to what in each period, for the same.
CREATE OR REPLACE TEMP TABLE seen AS
SELECT DISTINCT
    e.visitor, e.day_wib AS day, e.site_id, coalesce(s.kelurahan_code, '?') AS kelurahan,
    coalesce(k.kecamatan_code, '?') AS kecamatan, s.area_id AS area, coalesce(s.category, '?') AS category
FROM entry e
LEFT JOIN site s
    ON s.place_id = e.site_id
    AND e.day_wib BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')
LEFT JOIN kelurahan k ON k.code = s.kelurahan_code
WHERE e.kind = 'visit';

CREATE OR REPLACE TABLE mart.belonging AS
SELECT DISTINCT p.period, p.first, site_id AS site, kelurahan, kecamatan, area, category
FROM seen,
    LATERAL (
        SELECT 'day' AS period, day AS first
        UNION ALL SELECT 'week', date_trunc('week', day)::DATE
        UNION ALL SELECT 'month', date_trunc('month', day)::DATE
    ) p
ORDER BY ALL;

CREATE OR REPLACE TABLE mart.visitors AS
WITH levelled AS (
    SELECT visitor, day, 'city' AS level, '' AS code FROM seen
    UNION ALL SELECT visitor, day, 'kecamatan', kecamatan FROM seen
    UNION ALL SELECT visitor, day, 'kelurahan', kelurahan FROM seen
    UNION ALL SELECT visitor, day, 'area', area FROM seen WHERE area IS NOT NULL
    UNION ALL SELECT visitor, day, 'category', category FROM seen
    UNION ALL SELECT visitor, day, 'site', site_id FROM seen
)
SELECT 'day' AS period, day AS first, level, code, count(DISTINCT visitor)::INTEGER AS visitors
FROM levelled GROUP BY ALL
UNION ALL
SELECT 'week', date_trunc('week', day)::DATE, level, code, count(DISTINCT visitor)::INTEGER FROM levelled GROUP BY ALL
UNION ALL
SELECT 'month', date_trunc('month', day)::DATE, level, code, count(DISTINCT visitor)::INTEGER FROM levelled GROUP BY ALL
ORDER BY ALL;
