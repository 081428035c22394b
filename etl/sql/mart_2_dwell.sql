-- mart.stay: how long matched stays lasted, in steps of five minutes, by month, site, kind of visitor and hour of entry
-- (of the five minutes that end with a whole hour: the hour before). From visit and regular_visit, of the months of
-- dirty_month; stay_day holds their days. category: '?' where it is not known. regular: of those who were one on any day of
-- the month, for then it is known of all their stays.
DELETE FROM mart.stay WHERE month IN (FROM dirty_month);
INSERT INTO mart.stay
WITH often AS (
    SELECT DISTINCT visitor, site, date_trunc('month', day)::DATE AS month FROM regular_visit SEMI JOIN stay_day USING (day)
),
one AS (
    SELECT
        v.site, v.day, r.visitor IS NOT NULL AS regular,
        (greatest(date_diff('second', v.day::TIMESTAMP, v.entered_at) - 1, 0) // 3600)::TINYINT AS hour,
        least(date_diff('second', v.entered_at, v.left_at) // 300, rules.stay_days * 288 - 1)::SMALLINT AS step,
        count(*) AS n
    FROM visit v CROSS JOIN rules SEMI JOIN stay_day USING (day)
    LEFT JOIN often r ON r.visitor = v.visitor AND r.site = v.site AND r.month = date_trunc('month', v.day)
    WHERE v.left_at IS NOT NULL
    GROUP BY ALL
)
SELECT date_trunc('month', o.day)::DATE AS month, o.site, p.category, o.regular, o.hour, o.step, sum(o.n)::INTEGER
FROM one o JOIN place_row p ON p.site = o.site AND o.day BETWEEN p.valid_from AND p.valid_to
GROUP BY ALL
ORDER BY ALL;

-- mart.dwell: what the open check-ins of a month are estimated with: the stays of the month before, or, where that has
-- fewer than rules.stays_needed of a category, its own. So a sealed month stays as it is, and order does not matter.
-- model: of equal stays and rules the same.
CREATE OR REPLACE TEMP TABLE dwell_before AS FROM mart.dwell;
DELETE FROM mart.dwell WHERE month > (SELECT sealed_until FROM sealed_to);
INSERT INTO mart.dwell
WITH fit AS (
    SELECT
        month, category, sum(n)::INTEGER AS matched, coalesce(sum(n) FILTER (regular), 0)::INTEGER AS regulars,
        substr(md5(concat_ws(' ', bit_xor(md5_number(concat_ws(' ', n.site_id, regular, hour, step, s.n))),
            any_value(dwell_shrink), any_value(stay_days), any_value(regular_days), any_value(regular_window))), 1, 8) AS model
    FROM mart.stay s JOIN place_no n USING (site) CROSS JOIN rules
    GROUP BY ALL
),
wanted AS (
    SELECT DISTINCT month, category FROM fit
    UNION
    SELECT DISTINCT (month + INTERVAL 1 MONTH)::DATE, category FROM fit
),
chosen AS (
    SELECT
        w.month, w.category,
        CASE WHEN b.matched >= rules.stays_needed OR o.month IS NULL THEN b.month ELSE o.month END AS fitted_on
    FROM wanted w
    CROSS JOIN rules
    LEFT JOIN fit b ON b.category = w.category AND b.month = (w.month - INTERVAL 1 MONTH)::DATE
    LEFT JOIN fit o ON o.category = w.category AND o.month = w.month
    WHERE w.month > (SELECT sealed_until FROM sealed_to)
)
SELECT c.month, c.category, c.fitted_on, f.matched, f.regulars, f.model
FROM chosen c JOIN fit f ON f.category = c.category AND f.month = c.fitted_on
ORDER BY ALL;
