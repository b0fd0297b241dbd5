-- The job that brings sealed values under a new key takes the second factors along; of credentials it sees nothing else.
GRANT SELECT (account_id, totp_sealed), UPDATE (totp_sealed) ON credential TO yihao_worker;
