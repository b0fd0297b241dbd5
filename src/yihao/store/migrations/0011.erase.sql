-- Lawful erasure takes what was attached to the order along (0006 knew no attachments). Grants and owner stay.
CREATE OR REPLACE FUNCTION erase_private(order_number text, moment timestamptz) RETURNS void LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  IF NOT EXISTS (SELECT FROM work_order o JOIN order_event e ON e.number = o.number AND e.seq = o.version
                 WHERE o.number = order_number AND e.verb = 'erase' AND e.at = moment) THEN
    RAISE EXCEPTION 'no erasure was recorded' USING ERRCODE = '55000';
  END IF;
  UPDATE order_private SET sealed = NULL, redacted = '\x007b7d', erased_at = moment WHERE number = order_number AND erased_at IS NULL;
  UPDATE work_order SET title = '' WHERE number = order_number;
  DELETE FROM attachment WHERE number = order_number;
  DELETE FROM reporter WHERE number = order_number;
  DELETE FROM caller_index WHERE number = order_number;
  DELETE FROM order_search WHERE number = order_number;
END $$;
