-- Every reading waits for its audit row, so the way in is walked often and alone: what was done on each call and is
-- needed on hardly any is done only then. A month that lacks its table (the sealer makes them ahead) is still made
-- here; the root of the tree is looked up only for rows that need it.

CREATE OR REPLACE FUNCTION audit_write(rows jsonb) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE
  moment timestamptz := clock_timestamp();
  day date := (moment AT TIME ZONE 'UTC')::date;
BEGIN
  IF to_regclass('audit_' || to_char(day, 'YYYYMM')) IS NULL THEN
    PERFORM ensure_audit_partition(day);
  END IF;
  -- Ids are drawn first: RETURNING would need a policy that lets the owner read the table.
  WITH drawn AS MATERIALIZED (
    SELECT nextval('audit_id') AS id, r.*,
           coalesce(j.path, (SELECT path FROM jurisdiction ORDER BY length(path), id LIMIT 1), '/') AS path
    FROM jsonb_to_recordset(rows) AS r (at timestamptz, account int, role text, action text, purpose text,
                                        numbers text[], detail jsonb, request_id text)
    LEFT JOIN account a ON a.id = r.account
    LEFT JOIN jurisdiction j ON j.id = a.jurisdiction_id),
  made AS (
    INSERT INTO audit (id, recorded_at, at, path, account_id, role, action, purpose, numbers, detail, request_id)
    SELECT id, moment, at, path, account, role, action, purpose, numbers, detail, request_id FROM drawn)
  INSERT INTO audit_unsealed SELECT id, date_trunc('month', day)::date FROM drawn;
END $$;
