-- mart.regulars: what a site's daily regulars (staff, most likely) made of its check-ins in an ISO week, of the weeks of
-- dirty_period. Not the build's: see etl/disclosure.py. From visit, scans and mart.place_day.
-- A regular has visits at the site on at least rules.regular_days days of the week; where the site has visits of anybody
-- on few days, a share of them (rules.regular_share, rounded up), but never on fewer than rules.regular_days_least: a
-- site open on two days has no regulars. check_ins and by_regulars: visits, refused entries and repeats alike. visitors:
-- persons with a visit. complete: all seven days of the site are covered. A row a site and week with a check-in.
CREATE OR REPLACE TEMP TABLE week_day AS
SELECT i.day, d.first FROM period_day i JOIN dirty_period d USING (no) WHERE d.period = 'week';

-- attendance: the weekdays on which a visitor had visits at a site, as the bits of a number.
CREATE OR REPLACE TEMP TABLE attendance AS
SELECT v.visitor, v.site, w.first, bit_or(1 << (isodow(v.day) - 1)::INTEGER) AS days
FROM visit v JOIN week_day w USING (day)
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE attended AS
SELECT
    site, first, count(*) AS visitors,
    least(
        any_value(rules.regular_days),
        greatest(any_value(rules.regular_days_least), ceil(any_value(rules.regular_share) * bit_count(bit_or(days))))
    ) AS needed
FROM attendance CROSS JOIN rules
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE regular AS
SELECT a.visitor, a.site, a.first FROM attendance a JOIN attended w USING (site, first) WHERE bit_count(a.days) >= w.needed;

CREATE OR REPLACE TEMP TABLE week_check_ins AS
SELECT p.site, w.first, sum(d.visits + d.refused + d.repeats) AS check_ins, count(*) FILTER (d.covered) = 7 AS complete
FROM mart.place_day d JOIN week_day w USING (day) JOIN place_no p USING (site_id)
GROUP BY ALL HAVING check_ins > 0;

DELETE FROM mart.regulars WHERE first IN (SELECT first FROM week_day);
INSERT INTO mart.regulars
WITH theirs AS (
    SELECT s.site, w.first, count(*) AS n
    FROM scans s JOIN week_day w ON w.day = s.day_wib
    SEMI JOIN regular r ON r.visitor = s.visitor AND r.site = s.site AND r.first = w.first
    WHERE s.event = 0
    GROUP BY ALL
),
persons AS (
    SELECT site, first, count(*) AS n FROM regular GROUP BY ALL
)
SELECT
    c.first, p.site_id, c.check_ins::INTEGER, coalesce(t.n, 0)::INTEGER, coalesce(r.n, 0)::INTEGER,
    coalesce(a.visitors, 0)::INTEGER, c.complete
FROM week_check_ins c
JOIN place_no p USING (site)
LEFT JOIN attended a USING (site, first)
LEFT JOIN persons r USING (site, first)
LEFT JOIN theirs t USING (site, first)
ORDER BY ALL;
DROP TABLE attendance;
DROP TABLE regular;
