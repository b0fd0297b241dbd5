-- transactional: false
CREATE INDEX CONCURRENTLY IF NOT EXISTS open_duty_due ON open_duty (due_at, number, no); -- what all units of a branch owe, by due
