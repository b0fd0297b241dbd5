-- Orders that came in by a file: each known by the number its sender gives it, so that a file sent again registers
-- nothing twice, however late. The key is a keyed digest: people number things by phones and names too.
CREATE TABLE order_import (
  key    bytea PRIMARY KEY,                       -- HMAC-SM3 of the sender's number
  digest bytea NOT NULL,                          -- HMAC-SM3 of the row as it came
  number text COLLATE "C" NOT NULL,
  at     timestamptz NOT NULL                     -- business time
);
ALTER TABLE order_import ENABLE ROW LEVEL SECURITY; ALTER TABLE order_import FORCE ROW LEVEL SECURITY;
-- Yihao's own account for files, and nobody else.
CREATE POLICY import_own ON order_import FOR ALL TO yihao_app USING ((SELECT wall_account()) = 4) WITH CHECK ((SELECT wall_account()) = 4);
GRANT SELECT, INSERT ON order_import TO yihao_app;
INSERT INTO account (id, username, name, created_at) VALUES (4, 'yihao-files', '文件导入导出', '2021-01-01T00:00:00Z');
