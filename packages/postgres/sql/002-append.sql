-- What is locked while a log begins or ends, when it has no head to lock.
CREATE FUNCTION birth(log text)
RETURNS bigint
LANGUAGE sql
IMMUTABLE
AS $$ SELECT hashtextextended('daybook ' || log, 0) $$;

CREATE FUNCTION ids_of(events text)
RETURNS text[]
LANGUAGE sql
IMMUTABLE
AS $$ SELECT ARRAY(SELECT id_of(event::text) FROM json_array_elements(events::json) event) $$;

-- The ids of the events after a position and up to another; none, when not all of them are there.
CREATE FUNCTION ids_between(ids_log text, after bigint, up_to bigint)
RETURNS text[]
LANGUAGE sql
STABLE
AS $$
  SELECT ARRAY(
    SELECT i.id
    FROM (
      SELECT * FROM batches b
      WHERE b.log = ids_log AND b.last > after
        AND b.last <= (SELECT l.last FROM batches l WHERE l.log = ids_log AND l.last >= up_to ORDER BY l.last LIMIT 1)
      ORDER BY b.last
    ) b, unnest(ids_of(b.events)) WITH ORDINALITY i (id, place)
    WHERE b.last - b.count + i.place > after AND b.last - b.count + i.place <= up_to
  )
$$;

CREATE FUNCTION digest_of(id text)
RETURNS bytea
LANGUAGE sql
IMMUTABLE
AS $$ SELECT sha256(convert_to(id, 'UTF8')) $$;

-- Whether a log whose head is at `head_position` has an id that is not greater than all it has.
CREATE FUNCTION has_id(id_log text, head_position bigint, wanted text)
RETURNS boolean
LANGUAGE plpgsql
STABLE
AS $$
DECLARE
  before bigint := 0;
  reached bigint := head_position;
  middle bigint;
  batch batches%ROWTYPE;
BEGIN
  IF EXISTS (SELECT FROM late_ids l WHERE l.log = id_log AND l.id = digest_of(wanted)) THEN
    RETURN true;
  END IF;
  -- It would be in the first batch after which no id was greater than it: found by halving, since greatest ids only grow.
  WHILE before < reached LOOP
    middle := (before + reached) / 2;
    SELECT * INTO batch FROM batches b WHERE b.log = id_log AND b.last > middle ORDER BY b.last LIMIT 1;
    IF batch.greatest_id < wanted COLLATE "C" THEN
      before := batch.last;
    ELSE
      reached := middle;
    END IF;
  END LOOP;
  SELECT * INTO batch FROM batches b WHERE b.log = id_log AND b.last > before ORDER BY b.last LIMIT 1;
  RETURN wanted = ANY (ids_of(batch.events));
END
$$;

-- Makes slices of the batches that have none: a row for each slice, or one for each of its thousands of positions.
CREATE FUNCTION slice_batches(sliced_log text, sliced_before bigint, head_position bigint)
RETURNS void
LANGUAGE plpgsql
SET enable_bitmapscan = off
SET plan_cache_mode = force_generic_plan
AS $$
BEGIN
  INSERT INTO slices
  SELECT sliced_log, s.slice, max(b.last), array_agg(b.last ORDER BY b.last)
  FROM batches b, string_to_table(b.slices, E'\n') s (slice)
  WHERE b.log = sliced_log AND b.last > sliced_before
  GROUP BY s.slice, b.last / 1000;
  UPDATE heads SET sliced = head_position WHERE log = sliced_log;
END
$$;

-- The only ways to change events. They run with the rights of their owner, so that nobody else needs any.

-- Stores several appends, each whole or not at all, and says for each of their writes what became of it and where the head is.
-- Writes come in the order of their logs, so nobody waits in a circle. `write_appends` tells which append a write belongs to, and
-- `batch_writes` which write a batch belongs to. Times never run backwards within a write. Where the ids of a write do not ascend its
-- `write_first_ids` is empty.
--   appended  stored, now or the first time that it was asked
--   stale     the head is elsewhere than expected, or the log has one of the ids already; nothing of the append was stored
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
  write_first_ids text[],
  write_last_ids text[],
  batch_writes integer[],
  batch_lasts bigint[],
  batch_counts integer[],
  batch_times text[],
  batch_last_ids text[],
  batch_slices text[],
  batch_events text[]
)
RETURNS TABLE (outcome text, head_position bigint, head_recorded_at text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = :"schema", pg_temp
SET enable_seqscan = off
SET plan_cache_mode = force_generic_plan
AS $$
DECLARE
  head heads%ROWTYPE;
  before_positions bigint[] := '{}';
  before_times text[] := '{}';
  before_ids text[] := '{}';
  before_sliced bigint[] := '{}';
  free boolean[] := '{}';
  refused boolean[] := '{}';
  repeated boolean[] := '{}';
  reused boolean[] := '{}';
  late_writes integer[] := '{}';
  late text[] := '{}';
  id text;
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
        INSERT INTO heads VALUES (write_logs[w], 0, '', '', 0) ON CONFLICT DO NOTHING;
      END IF;
      SELECT * INTO head FROM heads h WHERE h.log = write_logs[w] FOR NO KEY UPDATE;
    ELSE
      IF write_expected[w] = 0 THEN
        free[w] := pg_try_advisory_xact_lock(birth(write_logs[w]));
        IF free[w] THEN
          INSERT INTO heads VALUES (write_logs[w], 0, '', '', 0) ON CONFLICT DO NOTHING;
        END IF;
      END IF;
      SELECT * INTO head FROM heads h WHERE h.log = write_logs[w] FOR NO KEY UPDATE SKIP LOCKED;
      IF NOT FOUND THEN
        free[w] := free[w] AND NOT EXISTS (SELECT FROM heads h WHERE h.log = write_logs[w]);
      END IF;
    END IF;
    before_positions[w] := head.position;
    before_times[w] := head.recorded_at;
    before_ids[w] := head.greatest_id;
    before_sliced[w] := head.sliced;
    IF head.position IS DISTINCT FROM write_expected[w] OR NOT free[w] THEN
      refused[write_appends[w]] := true;
    END IF;
  END LOOP;

  FOR a IN 1 .. cardinality(refused) LOOP
    CONTINUE WHEN refused[a] IS NOT TRUE;
    repeated[a] := NOT EXISTS (
      SELECT FROM unnest(batch_writes, batch_lasts, batch_counts, batch_events) b (write, last, count, events)
      WHERE write_appends[b.write] = a AND ids_of(b.events) <> ids_between(write_logs[b.write], b.last - b.count, b.last)
    );
  END LOOP;

  -- Ids that are not greater than all before them are looked for.
  FOR w IN 1 .. cardinality(write_logs) LOOP
    CONTINUE WHEN refused[write_appends[w]] OR write_first_ids[w] > before_ids[w] COLLATE "C";
    write_last_ids[w] := before_ids[w];
    FOR b IN 1 .. cardinality(batch_writes) LOOP
      CONTINUE WHEN batch_writes[b] <> w;
      FOREACH id IN ARRAY ids_of(batch_events[b]) LOOP
        IF id > write_last_ids[w] COLLATE "C" THEN
          write_last_ids[w] := id;
        ELSIF has_id(write_logs[w], before_positions[w], id) THEN
          reused[w] := true;
          refused[write_appends[w]] := true;
        ELSE
          late_writes := late_writes || w;
          late := late || id;
        END IF;
      END LOOP;
      batch_last_ids[b] := write_last_ids[w];
    END LOOP;
  END LOOP;
  IF cardinality(late) > 0 THEN
    INSERT INTO late_ids
    SELECT write_logs[l.write], digest_of(l.id) FROM unnest(late_writes, late) l (write, id)
    WHERE refused[write_appends[l.write]] IS NOT TRUE;
  END IF;

  INSERT INTO batches
  SELECT write_logs[b.write], b.last, b.count, greatest(before_times[b.write], b.time COLLATE "C"), b.last_id, b.slices, b.events
  FROM unnest(batch_writes, batch_lasts, batch_counts, batch_times, batch_last_ids, batch_slices, batch_events)
    b (write, last, count, time, last_id, slices, events)
  WHERE refused[write_appends[b.write]] IS NOT TRUE;

  FOR w IN 1 .. cardinality(write_logs) LOOP
    outcome := 'appended';
    head_position := write_expected[w] + write_counts[w];
    IF refused[write_appends[w]] IS NOT TRUE THEN
      head_recorded_at := greatest(before_times[w], write_times[w] COLLATE "C");
      UPDATE heads h
      SET position = head_position, recorded_at = head_recorded_at, greatest_id = write_last_ids[w]
      WHERE h.log = write_logs[w];
      IF head_position - before_sliced[w] >= 64 THEN
        PERFORM slice_batches(write_logs[w], before_sliced[w], head_position);
      END IF;
    ELSIF repeated[write_appends[w]] THEN
      SELECT b.recorded_at INTO head_recorded_at FROM batches b WHERE b.log = write_logs[w] AND b.last >= head_position ORDER BY b.last LIMIT 1;
    ELSE
      outcome := CASE
        WHEN NOT free[w] THEN 'busy'
        WHEN before_positions[w] = write_expected[w] AND reused[w] IS NOT TRUE THEN 'held'
        ELSE 'stale'
      END;
      head_position := before_positions[w];
      head_recorded_at := before_times[w];
      DELETE FROM heads h WHERE h.log = write_logs[w] AND h.position = 0;
    END IF;
    RETURN NEXT;
  END LOOP;
END
$$;

-- The same for one event that comes alone, as most do, to a log that is where it expects it and has no greater id. Anything else is left to `append`.
CREATE FUNCTION append_one(write_log text, expected bigint, event_time text, event_id text, event_slices text, event_batch text)
RETURNS TABLE (outcome text, head_position bigint, head_recorded_at text)
LANGUAGE plpgsql
SECURITY DEFINER
SET search_path = :"schema", pg_temp
SET enable_seqscan = off
AS $$
DECLARE
  before_sliced bigint;
BEGIN
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;

  UPDATE heads h
  SET position = expected + 1, recorded_at = greatest(h.recorded_at, event_time COLLATE "C"), greatest_id = event_id
  WHERE h.log = write_log AND h.position = expected AND h.greatest_id < event_id
  RETURNING 'appended', h.position, h.recorded_at, h.sliced INTO outcome, head_position, head_recorded_at, before_sliced;
  IF NOT FOUND THEN
    RETURN QUERY
    SELECT * FROM append(
      true, '{1}', ARRAY[write_log], ARRAY[expected], '{1}', ARRAY[event_time], ARRAY[event_id], ARRAY[event_id],
      '{1}', ARRAY[expected + 1], '{1}', ARRAY[event_time], ARRAY[event_id], ARRAY[event_slices], ARRAY[event_batch]
    );
    RETURN;
  END IF;

  INSERT INTO batches VALUES (write_log, head_position, 1, head_recorded_at, event_id, event_slices, event_batch);
  IF head_position - before_sliced >= 64 THEN
    PERFORM slice_batches(write_log, before_sliced, head_position);
  END IF;
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
  DELETE FROM late_ids WHERE log = erased_log;
  DELETE FROM batches WHERE log = erased_log;
$$;

REVOKE ALL ON FUNCTION birth, id_of, ids_of, ids_between, digest_of, has_id, slice_batches, append, append_one, erase FROM PUBLIC;
