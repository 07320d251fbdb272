-- Statements on tables name no array, and hold no function of ours: what they need stands in variables. So a distributed PostgreSQL knows
-- the machine of a log when it plans them.

-- What is locked while a log begins or ends, when it has no head to lock; shared, while it is only not to begin.
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
LANGUAGE plpgsql
STABLE
AS $$
DECLARE
  batch batches%ROWTYPE;
  most bigint := up_to - after;
  before bigint;
  ids text[];
  together text[] := '{}';
BEGIN
  FOR batch IN SELECT * FROM batches b WHERE b.log = ids_log AND b.last > after ORDER BY b.last LIMIT most LOOP
    before := batch.last - batch.count;
    ids := ids_of(batch.events);
    together := together || ids[greatest(after - before, 0) + 1 : up_to - before];
    IF batch.last >= up_to THEN
      RETURN together;
    END IF;
  END LOOP;
  RETURN '{}';
END
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
  digest bytea := digest_of(wanted);
  before bigint := 0;
  reached bigint := head_position;
  middle bigint;
  batch batches%ROWTYPE;
BEGIN
  PERFORM FROM late_ids l WHERE l.log = id_log AND l.id = digest;
  IF FOUND THEN
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
-- `batch_writes` which write a batch belongs to; those of a write stand together. A write that counts nothing only asserts where its log is:
-- its head is locked shared, for any number of appends at once. Times never run backwards within a write. Where the ids of a write do not
-- ascend its `write_first_ids` is empty.
--   appended  stored (or so, if it asserts), now or the first time that it was asked
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
  a integer;
  b integer;
  -- Of the write or batch that is looked at.
  this_log text;
  begins boolean;
  asserts boolean;
  is_free boolean;
  this_id text;
  digest bytea;
  this_last bigint;
  this_count integer;
  this_time text;
  these_slices text;
  these_events text;
BEGIN
  -- What is acknowledged is on disk, whatever the server's setting.
  IF current_setting('synchronous_commit') = 'off' THEN
    PERFORM set_config('synchronous_commit', 'on', true);
  END IF;

  -- Heads are locked, and compared with what is expected of them.
  FOR w IN 1 .. cardinality(write_logs) LOOP
    this_log := write_logs[w];
    begins := write_expected[w] = 0;
    asserts := write_counts[w] = 0;
    is_free := true;
    IF begins AND asserts THEN
      IF patient THEN
        PERFORM pg_advisory_xact_lock_shared(birth(this_log));
      ELSE
        is_free := pg_try_advisory_xact_lock_shared(birth(this_log));
      END IF;
    ELSIF begins THEN
      IF patient THEN
        PERFORM pg_advisory_xact_lock(birth(this_log));
      ELSE
        is_free := pg_try_advisory_xact_lock(birth(this_log));
      END IF;
      IF is_free THEN
        INSERT INTO heads VALUES (this_log, 0, '', '', 0) ON CONFLICT DO NOTHING;
      END IF;
    END IF;
    IF asserts AND patient THEN
      SELECT * INTO head FROM heads h WHERE h.log = this_log FOR SHARE;
    ELSIF asserts THEN
      SELECT * INTO head FROM heads h WHERE h.log = this_log FOR SHARE SKIP LOCKED;
    ELSIF patient THEN
      SELECT * INTO head FROM heads h WHERE h.log = this_log FOR NO KEY UPDATE;
    ELSE
      SELECT * INTO head FROM heads h WHERE h.log = this_log FOR NO KEY UPDATE SKIP LOCKED;
    END IF;
    IF NOT FOUND AND NOT patient THEN
      PERFORM FROM heads h WHERE h.log = this_log;
      is_free := is_free AND NOT FOUND;
    END IF;
    free[w] := is_free;
    before_positions[w] := coalesce(head.position, 0);
    before_times[w] := head.recorded_at;
    before_ids[w] := head.greatest_id;
    before_sliced[w] := head.sliced;
    IF before_positions[w] <> write_expected[w] OR NOT is_free THEN
      refused[write_appends[w]] := true;
    END IF;
  END LOOP;

  -- An append that finds all its events at their places is asked again, wherever the logs that it asserts are now.
  IF cardinality(refused) > 0 THEN
    FOR b IN 1 .. cardinality(batch_writes) LOOP
      a := write_appends[batch_writes[b]];
      CONTINUE WHEN refused[a] IS NOT TRUE OR repeated[a] = false;
      repeated[a] := ids_of(batch_events[b])
        = ids_between(write_logs[batch_writes[b]], batch_lasts[b] - batch_counts[b], batch_lasts[b]);
    END LOOP;
  END IF;

  -- Ids that are not greater than all before them are looked for.
  FOR w IN 1 .. cardinality(write_logs) LOOP
    CONTINUE WHEN write_counts[w] = 0 OR refused[write_appends[w]] OR write_first_ids[w] > before_ids[w] COLLATE "C";
    write_last_ids[w] := before_ids[w];
    FOR b IN 1 .. cardinality(batch_writes) LOOP
      CONTINUE WHEN batch_writes[b] <> w;
      FOREACH this_id IN ARRAY ids_of(batch_events[b]) LOOP
        IF this_id > write_last_ids[w] COLLATE "C" THEN
          write_last_ids[w] := this_id;
        ELSIF has_id(write_logs[w], before_positions[w], this_id) THEN
          reused[w] := true;
          refused[write_appends[w]] := true;
        ELSE
          late_writes := late_writes || w;
          late := late || this_id;
        END IF;
      END LOOP;
      batch_last_ids[b] := write_last_ids[w];
    END LOOP;
  END LOOP;

  -- Now that it is known which appends are whole, they are stored.
  FOR l IN 1 .. cardinality(late) LOOP
    CONTINUE WHEN refused[write_appends[late_writes[l]]];
    this_log := write_logs[late_writes[l]];
    digest := digest_of(late[l]);
    INSERT INTO late_ids VALUES (this_log, digest);
  END LOOP;

  FOR b IN 1 .. cardinality(batch_writes) LOOP
    CONTINUE WHEN refused[write_appends[batch_writes[b]]];
    this_log := write_logs[batch_writes[b]];
    this_last := batch_lasts[b];
    this_count := batch_counts[b];
    this_time := greatest(before_times[batch_writes[b]], batch_times[b] COLLATE "C");
    this_id := batch_last_ids[b];
    these_slices := batch_slices[b];
    these_events := batch_events[b];
    INSERT INTO batches VALUES (this_log, this_last, this_count, this_time, this_id, these_slices, these_events);
  END LOOP;

  -- Heads follow, and each write is answered.
  FOR w IN 1 .. cardinality(write_logs) LOOP
    this_log := write_logs[w];
    outcome := 'appended';
    head_position := write_expected[w] + write_counts[w];
    IF refused[write_appends[w]] IS NOT TRUE THEN
      head_recorded_at := greatest(before_times[w], write_times[w] COLLATE "C");
      IF write_counts[w] > 0 THEN
        this_id := write_last_ids[w];
        UPDATE heads h SET position = head_position, recorded_at = head_recorded_at, greatest_id = this_id WHERE h.log = this_log;
        IF head_position - before_sliced[w] >= 64 THEN
          PERFORM slice_batches(this_log, before_sliced[w], head_position);
        END IF;
      END IF;
    ELSIF repeated[write_appends[w]] THEN
      SELECT b.recorded_at INTO head_recorded_at FROM batches b WHERE b.log = this_log AND b.last >= head_position ORDER BY b.last LIMIT 1;
      IF NOT FOUND OR head_position = 0 THEN
        head_recorded_at := '';
      END IF;
    ELSE
      outcome := CASE
        WHEN NOT free[w] THEN 'busy'
        WHEN before_positions[w] = write_expected[w] AND reused[w] IS NOT TRUE THEN 'held'
        ELSE 'stale'
      END;
      head_position := nullif(before_positions[w], 0);
      head_recorded_at := before_times[w];
      IF write_expected[w] = 0 THEN
        DELETE FROM heads h WHERE h.log = this_log AND h.position = 0;
      END IF;
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
