-- mart.stay_length: matched stays by month of the check-in and category ('?' not known), and the quartiles of their
-- length in seconds. From visit, of the months of dirty_month; stay_day holds their days.
DELETE FROM mart.stay_length WHERE month IN (FROM dirty_month);
INSERT INTO mart.stay_length
SELECT
    date_trunc('month', v.day)::DATE AS month, p.category, count(*)::INTEGER AS matched,
    quantile_disc(date_diff('second', v.entered_at, v.left_at), 0.25)::BIGINT,
    quantile_disc(date_diff('second', v.entered_at, v.left_at), 0.75)::BIGINT
FROM visit v
SEMI JOIN stay_day USING (day)
JOIN place_row p ON p.site = v.site AND v.day BETWEEN p.valid_from AND p.valid_to
WHERE v.left_at IS NOT NULL
GROUP BY ALL
ORDER BY ALL;

-- mart.dwell: what the open check-ins of a month are estimated with: the stays of the month before, or, where that has
-- fewer than rules.stays_needed of a category, its own. So a sealed month stays as it is, and order does not matter.
CREATE OR REPLACE TEMP TABLE dwell_before AS FROM mart.dwell;
DELETE FROM mart.dwell WHERE month > (SELECT sealed_until FROM sealed_to);
INSERT INTO mart.dwell
WITH wanted AS (
    SELECT DISTINCT month, category FROM mart.stay_length
    UNION
    SELECT DISTINCT (month + INTERVAL 1 MONTH)::DATE, category FROM mart.stay_length
)
SELECT
    w.month, w.category,
    CASE WHEN b.matched >= rules.stays_needed OR o.month IS NULL THEN b.month ELSE o.month END AS fitted_on,
    CASE WHEN b.matched >= rules.stays_needed OR o.month IS NULL THEN b.matched ELSE o.matched END,
    CASE WHEN b.matched >= rules.stays_needed OR o.month IS NULL THEN b.lower_seconds ELSE o.lower_seconds END,
    CASE WHEN b.matched >= rules.stays_needed OR o.month IS NULL THEN b.upper_seconds ELSE o.upper_seconds END
FROM wanted w
CROSS JOIN rules
LEFT JOIN mart.stay_length b ON b.category = w.category AND b.month = (w.month - INTERVAL 1 MONTH)::DATE
LEFT JOIN mart.stay_length o ON o.category = w.category AND o.month = w.month
WHERE w.month > (SELECT sealed_until FROM sealed_to)
ORDER BY ALL;
