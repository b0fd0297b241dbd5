"""The SQL of accounts, credentials, sessions and approvals; parameters are described beside each statement."""

from __future__ import annotations

# $1 username -> what signing in compares
CREDENTIAL = """
SELECT a.id, a.active, c.password_hash, c.totp_sealed, c.totp_confirmed, c.totp_step
FROM account a JOIN credential c ON c.account_id = a.id
WHERE a.username = $1
"""

# $1 account; holds the row until the sign-in is decided, so that one code is not taken twice
CREDENTIAL_LOCKED = """
SELECT a.active, c.password_hash, c.totp_sealed, c.totp_confirmed, c.totp_step
FROM account a JOIN credential c ON c.account_id = a.id
WHERE a.id = $1 FOR UPDATE OF c
"""

# $1 subjects, $2 now -> the latest end of a lock in force
LOCKED_UNTIL = "SELECT max(locked_until) FROM sign_in_failure WHERE subject = ANY ($1::bytea[]) AND locked_until > $2"

# $1 subject, $2 now, $3 begin of the window that still counts, $4 failures that lock, $5 end of a lock set now
COUNT_FAILURE = """
INSERT INTO sign_in_failure AS f (subject, failures, since, locked_until)
VALUES ($1, 1, $2, CASE WHEN $4 <= 1 THEN $5::timestamptz END)
ON CONFLICT (subject) DO UPDATE SET
  failures = CASE WHEN f.since <= $3 OR f.locked_until <= $2 THEN 1 ELSE f.failures + 1 END,
  since = CASE WHEN f.since <= $3 OR f.locked_until <= $2 THEN $2 ELSE f.since END,
  locked_until = CASE WHEN f.since <= $3 OR f.locked_until <= $2 THEN NULL
                      WHEN f.failures + 1 >= $4 THEN $5::timestamptz END
RETURNING locked_until
"""

# -> session, account, its home and its roles as 'role' or 'role:unit'
_SESSION = """
SELECT s.token_hash, s.kind, s.mfa, s.seen_at, s.expires_at, a.id AS account, a.username, a.name, a.jurisdiction_id,
       j.path, a.cleared, a.vendor, c.must_change,
       ARRAY(SELECT r.role || coalesce(':' || r.unit_id, '') FROM account_role r
             WHERE r.account_id = a.id ORDER BY r.role, r.unit_id) AS roles
FROM session s
JOIN account a ON a.id = s.account_id AND a.active
JOIN jurisdiction j ON j.id = a.jurisdiction_id
JOIN credential c ON c.account_id = a.id
"""

# $1 token hash
RECOGNISE = _SESSION + "WHERE s.token_hash = $1"

# $1 token hashes
LOOK = _SESSION + "WHERE s.token_hash = ANY ($1::bytea[])"

# $1 account -> an active account as it stands, whether or not it is signed in
ACTOR = """
SELECT a.id AS account, a.username, a.name, a.jurisdiction_id, j.path, a.cleared, a.vendor, false AS mfa,
       ARRAY(SELECT r.role || coalesce(':' || r.unit_id, '') FROM account_role r
             WHERE r.account_id = a.id ORDER BY r.role, r.unit_id) AS roles
FROM account a JOIN jurisdiction j ON j.id = a.jurisdiction_id
WHERE a.id = $1 AND a.active
"""

# $1 path of the reader, $2 id after which to go on, $3 id or NULL, $4 part of name or username or NULL, $5 limit,
# $6 role, $7 unit, $8 active, $9 jurisdiction, or NULL; each role as 'role' or 'role:unit:name of the unit'
ACCOUNTS = """
SELECT a.id, a.username, a.name, a.jurisdiction_id, j.name AS place, j.path, a.vendor, a.cleared, a.active,
       c.totp_confirmed AS mfa,
       ARRAY(SELECT r.role || coalesce(':' || r.unit_id || ':' || u.name, '')
             FROM account_role r LEFT JOIN unit u ON u.id = r.unit_id
             WHERE r.account_id = a.id ORDER BY r.role, r.unit_id) AS roles
FROM account a
JOIN jurisdiction j ON j.id = a.jurisdiction_id
JOIN credential c ON c.account_id = a.id
WHERE starts_with(j.path, $1) AND a.id > $2 AND ($3::int IS NULL OR a.id = $3)
  AND ($4::text IS NULL OR strpos(a.username, $4) > 0 OR strpos(a.name, $4) > 0)
  AND (coalesce($6::text, $7::int::text) IS NULL OR EXISTS (
    SELECT FROM account_role r WHERE r.account_id = a.id
    AND ($6::text IS NULL OR r.role = $6) AND ($7::int IS NULL OR r.unit_id = $7)))
  AND ($8::bool IS NULL OR a.active = $8) AND ($9::int IS NULL OR a.jurisdiction_id = $9)
ORDER BY a.id LIMIT $5
"""

# $1 account, $2 path of the administrator; holds the account's row
TARGET = """
SELECT a.id, a.username, a.vendor, a.active, j.path,
       ARRAY(SELECT DISTINCT r.role FROM account_role r WHERE r.account_id = a.id) AS roles
FROM account a JOIN jurisdiction j ON j.id = a.jurisdiction_id
WHERE a.id = $1 AND a.id >= 100 AND starts_with(j.path, $2)
FOR UPDATE OF a
"""

# $1 role, $2 account to leave out -> whether another active account holds it
OTHER_HOLDER = """
SELECT EXISTS (SELECT FROM account_role r JOIN account a ON a.id = r.account_id
               WHERE r.role = $1 AND a.active AND a.id <> $2)
"""

APPROVAL = """
SELECT p.id, p.kind, p.number, p.asked_by, a.name AS asked_by_name, p.reason, p.asked_at, p.approved_by, p.approved_at,
       p.expires_at, p.used_at
FROM second_person p JOIN account a ON a.id = p.asked_by
"""
