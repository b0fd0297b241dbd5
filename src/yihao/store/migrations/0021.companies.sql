-- Service companies that joined the hotline (社会化服务企业, SX 二(一)2, 二(二)8), and the cases of their probation, removal and
-- restoration. Reference data without row security, as the tree; who may read and write is checked by the routes.
CREATE TABLE company (
  unit_id     int PRIMARY KEY REFERENCES unit,
  credit_code text COLLATE "C" NOT NULL UNIQUE CHECK (credit_code ~ '^[0-9A-Z]{18}$'), -- GB 32100; public
  services    text[] NOT NULL CHECK (services <> '{}'),
  agreement   text NOT NULL CHECK (agreement <> ''),
  valid_from  date NOT NULL,
  valid_to    date CHECK (valid_to >= valid_from), -- last day; NULL: open
  contact     text NOT NULL CHECK (contact <> ''), -- a desk, no person
  duty_phone  text NOT NULL CHECK (duty_phone <> ''),
  status      text NOT NULL CHECK (status IN ('active', 'probation', 'removed')),
  since       date NOT NULL,                      -- of the status
  until       date,                               -- last day of a probation
  updated_at  timestamptz NOT NULL,               -- business time
  updated_by  int NOT NULL,                       -- account
  CHECK ((status = 'probation') = (until IS NOT NULL))
);

-- A case is opened once and decided once; nothing of it is changed afterwards or deleted.
CREATE TABLE company_case (
  id         int GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  unit_id    int NOT NULL REFERENCES company,
  kind       text NOT NULL CHECK (kind IN ('probation', 'removal', 'restoration')),
  ground     text NOT NULL CHECK (ground IN ('score', 'watched', 'expired', 'person')),
  reason     text NOT NULL,
  clause     text NOT NULL,                       -- where the rule stands
  first      date NOT NULL,                       -- the period judged, both days included
  last       date NOT NULL,
  ratings    int NOT NULL,
  satisfied  int NOT NULL,
  complaints int NOT NULL,
  score      numeric(5, 1),                       -- NULL: too few ratings
  opened_at  timestamptz NOT NULL,                -- business time
  opened_by  int NOT NULL,                        -- account; 2, the clock, where the rule proposed
  status     text NOT NULL CHECK (status IN ('open', 'approved', 'rejected')),
  decided_at timestamptz,
  decided_by int CHECK (decided_by <> opened_by), -- another person decides
  decision   text,
  CHECK ((status = 'open') = (decided_at IS NULL) AND (status = 'open') = (decided_by IS NULL) AND (status = 'open') = (decision IS NULL))
);
CREATE UNIQUE INDEX company_case_open ON company_case (unit_id) WHERE status = 'open';
CREATE INDEX company_case_unit ON company_case (unit_id, id DESC);

CREATE FUNCTION company_case_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.status <> 'open' THEN RAISE EXCEPTION 'a decided case is not changed'; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER company_case_kept BEFORE UPDATE ON company_case FOR EACH ROW EXECUTE FUNCTION company_case_kept();

GRANT SELECT, INSERT, UPDATE ON company TO yihao_app;
GRANT SELECT, INSERT ON company_case TO yihao_app;
GRANT UPDATE (status, decided_at, decided_by, decision) ON company_case TO yihao_app;
GRANT SELECT ON company TO yihao_worker;
GRANT SELECT, INSERT ON company_case TO yihao_worker;
