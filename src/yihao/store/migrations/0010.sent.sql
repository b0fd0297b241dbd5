-- transactional: false
-- What the sweeper of sent messages looks for.
CREATE INDEX CONCURRENTLY IF NOT EXISTS outbox_sent ON outbox (sent_at) WHERE status = 'sent';
