-- regular_visit: the days on which a daily regular of a site (staff, most likely) had visits there: on at least
-- rules.regular_days of the rules.regular_window days that end with it. Only the past tells, so a day stays as it is when
-- the next one comes. From visit and known_regular, of the days that days of dirty_visit tell of; what this changes of who
-- is inside is added to dirty_hour.
CREATE OR REPLACE TEMP TABLE regular_day AS
SELECT DISTINCT d.day + i::INTEGER AS day FROM dirty_visit d, rules, range(regular_window) t(i)
WHERE d.day + i::INTEGER > (SELECT sealed_until FROM sealed_to);

CREATE OR REPLACE TEMP TABLE regular_found AS
WITH span AS (
    SELECT min(day) - any_value(regular_window - 1) AS first, max(day) AS last FROM regular_day, rules
),
often AS (  -- no other can have visits on as many days
    SELECT v.visitor, v.site FROM visit v, span WHERE v.day BETWEEN span.first AND span.last
    GROUP BY ALL HAVING count(*) >= (SELECT regular_days FROM rules)
),
attended AS (
    SELECT DISTINCT v.visitor, v.site, v.day
    FROM visit v SEMI JOIN often USING (visitor, site), span WHERE v.day BETWEEN span.first AND span.last
),
counted AS (
    SELECT
        a.visitor, a.site, a.day,
        count(*) OVER (
            PARTITION BY a.visitor, a.site ORDER BY a.day
            RANGE BETWEEN to_days(rules.regular_window - 1) PRECEDING AND CURRENT ROW
        ) AS days
    FROM attended a, rules
)
SELECT visitor, site, day FROM counted SEMI JOIN regular_day USING (day)
WHERE days >= (SELECT regular_days FROM rules)
UNION
SELECT visitor, site, day FROM known_regular SEMI JOIN regular_day USING (day)
SEMI JOIN visit USING (visitor, site, day);

CREATE OR REPLACE TEMP TABLE regular_before AS
SELECT visitor, site, day FROM regular_visit SEMI JOIN regular_day USING (day);
CREATE OR REPLACE TEMP TABLE regular_change AS
(FROM regular_found EXCEPT FROM regular_before) UNION ALL (FROM regular_before EXCEPT FROM regular_found);
DELETE FROM regular_visit WHERE day IN (FROM regular_day);
INSERT INTO regular_visit FROM regular_found ORDER BY day;

INSERT INTO dirty_hour
WITH told AS (
    SELECT day AS first, greatest(coalesce(left_at, least(next_at, until)), day)::DATE AS last
    FROM visit SEMI JOIN regular_change USING (visitor, site, day)
)
SELECT DISTINCT d.day::DATE FROM (SELECT DISTINCT first, last FROM told),
    unnest(generate_series(first, last, INTERVAL 1 DAY)) d(day)
WHERE d.day::DATE NOT IN (FROM dirty_hour);
DROP TABLE regular_found;
DROP TABLE regular_before;
