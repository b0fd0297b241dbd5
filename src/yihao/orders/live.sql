-- name: steps
-- Steps of orders as live screens tell of them, and where each order stands now (worker role: the wall decides later).
SELECT e.number, e.seq, e.verb, e.at, e.to_state, o.path,
       ARRAY(SELECT p.unit_id FROM order_part p WHERE p.number = o.number) AS units,
       ARRAY(SELECT DISTINCT j.path FROM order_part p JOIN unit u ON u.id = p.unit_id
             JOIN jurisdiction j ON j.id = u.jurisdiction_id WHERE p.number = o.number) AS places
FROM unnest($1::text[], $2::int[]) AS c(number, seq)
JOIN order_event e ON e.number = c.number AND e.seq = c.seq
JOIN work_order o ON o.number = c.number

-- name: seen
-- Which of these orders the caller sees.
SELECT number FROM work_order WHERE number = ANY ($1::text[])
