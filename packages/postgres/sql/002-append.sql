-- What is locked while a log begins or ends, when it has no head to lock.
CREATE FUNCTION birth(log text)
RETURNS bigint
LANGUAGE sql
IMMUTABLE
AS $$ SELECT hashtextextended('daybook ' || log, 0) $$;

-- The only ways to change events. They run with the rights of their owner, so that nobody else needs any.

-- Stores several appends, each whole or not at all, and says for each of their writes what became of it and where the head is.
-- Writes come in the order of their logs, so nobody waits in a circle. `write_appends` tells which append a write belongs to;
-- `event_writes` and `slice_writes` tell the write. Times never run backwards within a write.
--   appended  stored, now or the first time that it was asked
--   stale     the head is elsewhere than expected; nothing of the append was stored
--   busy      somebody holds the head, and not to be waited for
--   held      would have been stored, had not another write of the append been stale or busy
-- Only an append that comes alone is `patient`: others should not have to wait with it.
CREATE FUNCTION append(
  patient boolean,
  write_appends integer[],
  write_logs text[],
  write_expected bigint[],
  write_counts integer[],
  write_times text[],
  event_writes integer[],
  event_positions bigint[],
  event_ids text[],
  event_times text[],
  event_bodies text[],
  slice_writes integer[],
  slice_names text[],
  slice_counts integer[],
  slice_positions bigint[]
)
RETURNS TABLE (outcome text, head_position bigint, head_recorded_at text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = :"schema", pg_temp
SET enable_seqscan = off
AS $$
DECLARE
  head heads%ROWTYPE;
  before_positions bigint[] := '{}';
  before_times text[] := '{}';
  free boolean[] := '{}';
  refused boolean[] := '{}';
  repeated boolean[] := '{}';
BEGIN
  -- What is acknowledged is on disk, whatever the server's setting.
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;

  FOR w IN 1 .. cardinality(write_logs) LOOP
    free[w] := true;
    IF patient THEN
      IF write_expected[w] = 0 THEN
        PERFORM pg_advisory_xact_lock(birth(write_logs[w]));
        INSERT INTO heads VALUES (write_logs[w], 0, '') ON CONFLICT DO NOTHING;
      END IF;
      SELECT * INTO head FROM heads h WHERE h.log = write_logs[w] FOR NO KEY UPDATE;
    ELSE
      IF write_expected[w] = 0 THEN
        free[w] := pg_try_advisory_xact_lock(birth(write_logs[w]));
        IF free[w] THEN
          INSERT INTO heads VALUES (write_logs[w], 0, '') ON CONFLICT DO NOTHING;
        END IF;
      END IF;
      SELECT * INTO head FROM heads h WHERE h.log = write_logs[w] FOR NO KEY UPDATE SKIP LOCKED;
      IF NOT FOUND THEN
        free[w] := free[w] AND NOT EXISTS (SELECT FROM heads h WHERE h.log = write_logs[w]);
      END IF;
    END IF;
    before_positions[w] := head.position;
    before_times[w] := head.recorded_at;
    IF head.position IS DISTINCT FROM write_expected[w] OR NOT free[w] THEN
      refused[write_appends[w]] := true;
    END IF;
  END LOOP;

  FOR a IN 1 .. cardinality(refused) LOOP
    CONTINUE WHEN refused[a] IS NOT TRUE;
    PERFORM
    FROM unnest(event_writes, event_positions, event_ids) e (write, position, id)
    WHERE write_appends[e.write] = a
      AND e.id IS DISTINCT FROM (SELECT s.id FROM events s WHERE s.log = write_logs[e.write] AND s.position = e.position);
    repeated[a] := NOT FOUND;
  END LOOP;

  INSERT INTO events
  SELECT write_logs[e.write], e.position, e.id, greatest(before_times[e.write], e.time COLLATE "C"), e.body
  FROM unnest(event_writes, event_positions, event_ids, event_times, event_bodies) e (write, position, id, time, body)
  WHERE refused[write_appends[e.write]] IS NOT TRUE;

  INSERT INTO slices
  SELECT write_logs[s.write], s.slice, slice_positions[s.last], slice_positions[s.last - s.count + 1 : s.last]
  FROM (
    SELECT write, slice, count, sum(count) OVER (ROWS UNBOUNDED PRECEDING) AS last
    FROM unnest(slice_writes, slice_names, slice_counts) s (write, slice, count)
  ) s
  WHERE refused[write_appends[s.write]] IS NOT TRUE;

  FOR w IN 1 .. cardinality(write_logs) LOOP
    outcome := 'appended';
    head_position := write_expected[w] + write_counts[w];
    IF refused[write_appends[w]] IS NOT TRUE THEN
      head_recorded_at := greatest(before_times[w], write_times[w] COLLATE "C");
      UPDATE heads h SET position = head_position, recorded_at = head_recorded_at WHERE h.log = write_logs[w];
    ELSIF repeated[write_appends[w]] THEN
      SELECT e.recorded_at INTO head_recorded_at FROM events e WHERE e.log = write_logs[w] AND e.position = head_position;
    ELSE
      outcome := CASE WHEN NOT free[w] THEN 'busy' WHEN before_positions[w] = write_expected[w] THEN 'held' ELSE 'stale' END;
      head_position := before_positions[w];
      head_recorded_at := before_times[w];
      DELETE FROM heads h WHERE h.log = write_logs[w] AND h.position = 0;
    END IF;
    RETURN NEXT;
  END LOOP;
END
$$;

-- The same for one event that comes alone, as most do, to a log that is where it expects it: half the work. Anything else is left to `append`.
CREATE FUNCTION append_one(write_log text, expected bigint, event_id text, event_time text, event_body text, slice_names text[])
RETURNS TABLE (outcome text, head_position bigint, head_recorded_at text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = :"schema", pg_temp
SET enable_seqscan = off
AS $$
BEGIN
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;

  UPDATE heads h
  SET position = expected + 1, recorded_at = greatest(h.recorded_at, event_time COLLATE "C")
  WHERE h.log = write_log AND h.position = expected
  RETURNING 'appended', h.position, h.recorded_at INTO outcome, head_position, head_recorded_at;
  IF NOT FOUND THEN
    RETURN QUERY
    SELECT * FROM append(
      true, '{1}', ARRAY[write_log], ARRAY[expected], '{1}', ARRAY[event_time],
      '{1}', ARRAY[expected + 1], ARRAY[event_id], ARRAY[event_time], ARRAY[event_body],
      array_fill(1, ARRAY[cardinality(slice_names)]), slice_names, array_fill(1, ARRAY[cardinality(slice_names)]),
      array_fill(expected + 1, ARRAY[cardinality(slice_names)])
    );
    RETURN;
  END IF;

  INSERT INTO events VALUES (write_log, head_position, event_id, head_recorded_at, event_body);
  INSERT INTO slices SELECT write_log, slice, head_position, ARRAY[head_position] FROM unnest(slice_names) slice;
  RETURN NEXT;
END
$$;

-- Removes a whole log, for the purge of a deleted project.
CREATE FUNCTION erase(erased_log text)
RETURNS void
LANGUAGE sql
SECURITY DEFINER
SET search_path = :"schema", pg_temp
AS $$
  SELECT pg_advisory_xact_lock(birth(erased_log));
  DELETE FROM heads WHERE log = erased_log;
  DELETE FROM slices WHERE log = erased_log;
  DELETE FROM events WHERE log = erased_log;
$$;

REVOKE ALL ON FUNCTION birth, append, append_one, erase FROM PUBLIC;
