-- chosen, prior: what has to be looked at again where scans of the days of dirty_scan changed. From scans, visit and
-- changed_visitor. A person's visits change between the last visit before the first of those days, which may get another
-- end, and the first one that begins clear after the last: that one and all after it stay.
CREATE OR REPLACE TEMP TABLE touched AS
SELECT DISTINCT visitor FROM (
    SELECT visitor FROM scan SEMI JOIN dirty_scan ON day = day_wib
    UNION ALL SELECT visitor FROM visit SEMI JOIN dirty_scan USING (day)
    UNION ALL
    SELECT visitor FROM visit
    WHERE left_at >= (SELECT moment FROM looked_from) AND left_at::DATE IN (FROM dirty_scan)
    UNION ALL FROM changed_visitor
);

CREATE OR REPLACE TEMP TABLE bound AS
WITH clear_after AS (
    SELECT max(day)::TIMESTAMP + INTERVAL 1 DAY + to_seconds(any_value(repeat_seconds) + 1) AS moment
    FROM dirty_scan, rules
)
SELECT t.visitor, min(v.entered_at) AS last
FROM touched t LEFT JOIN visit v ON v.visitor = t.visitor AND v.entered_at >= (SELECT moment FROM clear_after)
GROUP BY ALL;

CREATE OR REPLACE TEMP TABLE prior AS
WITH latest AS (
    SELECT visitor, max(entered_at) AS entered_at FROM visit SEMI JOIN touched USING (visitor)
    WHERE entered_at < (SELECT moment FROM looked_from) GROUP BY visitor
)
SELECT * FROM (
    SELECT v.rowid AS place, v.* FROM visit v SEMI JOIN latest l ON l.visitor = v.visitor AND l.entered_at = v.entered_at
    QUALIFY row_number() OVER (PARTITION BY visitor ORDER BY next_at DESC NULLS FIRST) = 1
)
WHERE left_at IS NULL OR left_at >= (SELECT moment FROM looked_from);

CREATE OR REPLACE TEMP VIEW chosen AS
SELECT s.* FROM scans s JOIN bound b ON b.visitor = s.visitor AND s.ts_wib <= coalesce(b.last, TIMESTAMP '9999-12-31')
WHERE s.day_wib >= (SELECT min(day) - 1 FROM dirty_scan)
    AND s.ts_wib >= (SELECT moment - to_seconds(repeat_seconds) FROM looked_from, rules);
