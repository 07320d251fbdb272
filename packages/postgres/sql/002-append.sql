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
  slice_positions text[]
)
RETURNS TABLE (outcome text, head_position bigint, head_recorded_at text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = :"schema", pg_temp
SET enable_seqscan = off
AS $$
DECLARE
  head heads%ROWTYPE;
  before heads[] := '{}';
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
    before[w] := head;
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
  SELECT write_logs[e.write], e.position, e.id, greatest(before[e.write].recorded_at, e.time COLLATE "C"), e.body
  FROM unnest(event_writes, event_positions, event_ids, event_times, event_bodies) e (write, position, id, time, body)
  WHERE refused[write_appends[e.write]] IS NOT TRUE;

  INSERT INTO slices
  SELECT write_logs[s.write], s.slice, s.positions[cardinality(s.positions)], s.positions
  FROM (
    SELECT write, slice, positions::bigint[]
    FROM unnest(slice_writes, slice_names, slice_positions) s (write, slice, positions)
  ) s
  WHERE refused[write_appends[s.write]] IS NOT TRUE;

  FOR w IN 1 .. cardinality(write_logs) LOOP
    head_position := write_expected[w] + write_counts[w];
    outcome := 'appended';
    IF refused[write_appends[w]] IS NOT TRUE THEN
      head_recorded_at := greatest(before[w].recorded_at, write_times[w] COLLATE "C");
      UPDATE heads h SET position = head_position, recorded_at = head_recorded_at WHERE h.log = write_logs[w];
    ELSIF repeated[write_appends[w]] THEN
      SELECT e.recorded_at INTO head_recorded_at FROM events e WHERE e.log = write_logs[w] AND e.position = head_position;
    ELSE
      outcome := CASE WHEN NOT free[w] THEN 'busy' WHEN before[w].position = write_expected[w] THEN 'held' ELSE 'stale' END;
      head_position := before[w].position;
      head_recorded_at := before[w].recorded_at;
      DELETE FROM heads h WHERE h.log = write_logs[w] AND h.position = 0;
    END IF;
    RETURN NEXT;
  END LOOP;
END
$$;

-- The same for one write that comes alone, as most do, to a log that is where it expects it: half the work. Anything else is left to `append`.
CREATE FUNCTION append_one(
  write_log text,
  expected bigint,
  event_ids text[],
  event_times text[],
  event_bodies text[],
  slice_names text[],
  slice_positions text[]
)
RETURNS TABLE (outcome text, head_position bigint, head_recorded_at text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = :"schema", pg_temp
SET enable_seqscan = off
AS $$
DECLARE
  count CONSTANT integer := cardinality(event_ids);
  before text;
BEGIN
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;

  IF count > 1 THEN
    SELECT h.recorded_at INTO before FROM heads h WHERE h.log = write_log FOR NO KEY UPDATE;
  END IF;
  UPDATE heads h
  SET position = expected + count, recorded_at = greatest(h.recorded_at, event_times[count] COLLATE "C")
  WHERE h.log = write_log AND h.position = expected
  RETURNING 'appended', h.position, h.recorded_at INTO outcome, head_position, head_recorded_at;
  IF NOT FOUND THEN
    RETURN QUERY
    SELECT * FROM append(
      true, '{1}', ARRAY[write_log], ARRAY[expected], ARRAY[count], event_times[count:count],
      array_fill(1, ARRAY[count]), ARRAY(SELECT generate_series(expected + 1, expected + count)), event_ids, event_times, event_bodies,
      array_fill(1, ARRAY[cardinality(slice_names)]), slice_names, slice_positions
    );
    RETURN;
  END IF;

  -- A single event has the time of the head.
  INSERT INTO events
  SELECT write_log, expected + e.place, e.id, greatest(coalesce(before, head_recorded_at), e.time COLLATE "C"), e.body
  FROM unnest(event_ids, event_times, event_bodies) WITH ORDINALITY e (id, time, body, place);

  INSERT INTO slices
  SELECT write_log, s.slice, s.positions[cardinality(s.positions)], s.positions
  FROM (SELECT slice, positions::bigint[] FROM unnest(slice_names, slice_positions) s (slice, positions)) s;
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
