-- mart.status: check-ins by colour and entries refused, with the distinct persons behind each count, at the published
-- grains only: (day, city), (month, city), (month, kecamatan), (month, category). Not the build's: see etl/disclosure.py.
-- From entry and the site row valid on the day. Colours count every check-in, refused and repeats included, so that they
-- add up to the check-ins. 'status_unknown': merah let in without a word on it. Zero has its row. at_most: what a cell
-- can be at most by counts that are public: check-ins of its group; for refused those that are no visits; visits.
CREATE OR REPLACE TABLE mart.status AS
WITH seen AS (
    SELECT
        e.visitor, e.day_wib AS day, coalesce(k.kecamatan_code, '?') AS kecamatan, coalesce(s.category, '?') AS category,
        e.colour, e.admitted, e.kind
    FROM entry e
    LEFT JOIN site s
        ON s.place_id = e.site_id
        AND e.day_wib BETWEEN coalesce(s.valid_from, DATE '0001-01-01') AND coalesce(s.valid_to, DATE '9999-12-31')
    LEFT JOIN kelurahan k ON k.code = s.kelurahan_code
),
grain AS (
    SELECT 'day' AS period, day AS first, 'city' AS level, '' AS code, * EXCLUDE (day) FROM seen
    UNION ALL SELECT 'month', date_trunc('month', day)::DATE, 'city', '', * EXCLUDE (day) FROM seen
    UNION ALL SELECT 'month', date_trunc('month', day)::DATE, 'kecamatan', kecamatan, * EXCLUDE (day) FROM seen
    UNION ALL SELECT 'month', date_trunc('month', day)::DATE, 'category', category, * EXCLUDE (day) FROM seen
),
measured AS (
    SELECT
        period, first, level, code, visitor,
        CASE colour WHEN 1 THEN 'hijau' WHEN 2 THEN 'kuning' WHEN 3 THEN 'merah' WHEN 4 THEN 'hitam' ELSE 'unknown' END
            AS measure
    FROM grain
    UNION ALL
    SELECT period, first, level, code, visitor, 'refused' FROM grain WHERE kind = 'refused'
    UNION ALL
    SELECT period, first, level, code, visitor, 'status_unknown'
    FROM grain CROSS JOIN rules
    WHERE kind = 'visit' AND colour = rules.status_unknown_colour AND admitted IS NULL
),
counted AS (
    SELECT period, first, level, code, measure, count(*)::INTEGER AS check_ins,
        count(DISTINCT visitor)::INTEGER AS persons
    FROM measured GROUP BY ALL
),
public AS (
    SELECT period, first, level, code, count(*) AS check_ins, count(*) FILTER (kind = 'visit') AS visits
    FROM grain GROUP BY ALL
)
SELECT
    g.period, g.first, g.level, g.code, m.measure,
    coalesce(c.check_ins, 0)::INTEGER AS check_ins, coalesce(c.persons, 0)::INTEGER AS persons,
    CASE m.measure WHEN 'refused' THEN g.check_ins - g.visits WHEN 'status_unknown' THEN g.visits ELSE g.check_ins END
        ::INTEGER AS at_most
FROM public g
CROSS JOIN (VALUES ('hijau'), ('kuning'), ('merah'), ('hitam'), ('unknown'), ('refused'), ('status_unknown')) m(measure)
LEFT JOIN counted c USING (period, first, level, code, measure)
ORDER BY ALL;
