-- How often something was tried (wrong query codes, submissions from one address), in windows of business time, across
-- all processes. The subject is a keyed digest: the table names nobody.
CREATE TABLE throttle (
  subject bytea PRIMARY KEY,
  tries   int NOT NULL,
  since   timestamptz NOT NULL                    -- when the window began
);
CREATE INDEX throttle_age ON throttle (since);
GRANT SELECT, INSERT, UPDATE ON throttle TO yihao_app;
GRANT SELECT, DELETE ON throttle TO yihao_worker;
