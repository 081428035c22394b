-- mart.arrival: scans of a source's day by how many days later they were uploaded. mart.source_clock: of a source's day
-- its last upload, and, of codes the register knows, the scans and the last of them. mart.quarter: scans by quarter of an hour. Of the days of dirty_scan, codes the
-- register does not know included. From scan.
DELETE FROM mart.arrival WHERE day IN (FROM dirty_scan);
INSERT INTO mart.arrival
SELECT source_id, day_wib, greatest(date_diff('day', day_wib, uploaded_at::DATE), 0)::INTEGER, count(*)
FROM scan SEMI JOIN dirty_scan ON day = day_wib
WHERE uploaded_at IS NOT NULL
GROUP BY ALL ORDER BY ALL;
DELETE FROM mart.source_clock WHERE day IN (FROM dirty_scan);
INSERT INTO mart.source_clock
SELECT
    s.source_id, s.day_wib, count(c.site), max(s.ts_wib) FILTER (c.site IS NOT NULL), max(s.uploaded_at)::DATE
FROM scan s SEMI JOIN dirty_scan d ON d.day = s.day_wib
LEFT JOIN code c ON c.qr_code = s.qr_code AND s.day_wib BETWEEN c.valid_from AND c.valid_to
GROUP BY ALL ORDER BY ALL;
DELETE FROM mart.quarter WHERE day IN (FROM dirty_scan);
INSERT INTO mart.quarter
SELECT source_id, day_wib, (date_diff('minute', day_wib::TIMESTAMP, ts_wib) // 15)::INTEGER, count(*)
FROM scan SEMI JOIN dirty_scan ON day = day_wib
GROUP BY ALL ORDER BY ALL;
