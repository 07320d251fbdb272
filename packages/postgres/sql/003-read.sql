-- Reading is keyset paging: a page is what comes after a place. The settings rule out every plan but ordered index ranges,
-- also where the server has no statistics yet.
--
-- What is read are batches, and their positions are those of their last events. Places number a log in reading order: forward they are
-- positions, backward minus positions, so both ascend.

-- Whether a batch is in all of some slices and, when `any_of` names any, in one of those.
CREATE FUNCTION has_slices(slices text, all_of text[], any_of text[])
RETURNS boolean
LANGUAGE sql
IMMUTABLE
AS $$
  SELECT string_to_array(slices, E'\n') @> all_of AND (any_of = '{}' OR string_to_array(slices, E'\n') && any_of)
$$;

-- The next places of a slice, at most `count`, at or beyond one. Of a slice's rows each ends before the next one begins.
CREATE FUNCTION next_places(read_log text, read_slice text, backward boolean, place bigint, count integer)
RETURNS bigint[]
LANGUAGE plpgsql
STABLE
AS $$
BEGIN
  IF backward THEN
    RETURN ARRAY(
      SELECT -r.batches[i]
      FROM (
        (SELECT s.batches FROM slices s WHERE s.log = read_log AND s.slice = read_slice AND s.last >= -place ORDER BY s.last LIMIT 1)
        UNION ALL
        (SELECT s.batches FROM slices s WHERE s.log = read_log AND s.slice = read_slice AND s.last < -place ORDER BY s.last DESC LIMIT count)
      ) r, generate_subscripts(r.batches, 1, true) i
      WHERE r.batches[i] <= -place LIMIT count
    );
  END IF;
  RETURN ARRAY(
    SELECT p
    FROM (
      SELECT s.batches FROM slices s WHERE s.log = read_log AND s.slice = read_slice AND s.last >= place ORDER BY s.last LIMIT count
    ) r, unnest(r.batches) p
    WHERE p >= place LIMIT count
  );
END
$$;

-- Places that are in all of some slices and, when `any_of` names any, in one of those; from `place` to `last_place`, at most `count`.
-- Each slice is asked for its next place until they agree, so the cost follows the smallest slice.
CREATE FUNCTION matching_places(
  read_log text, all_of text[], any_of text[], backward boolean, place bigint, last_place bigint, count integer
)
RETURNS bigint[]
LANGUAGE plpgsql
STABLE
AS $$
DECLARE
  none CONSTANT bigint := 9223372036854775807;
  names CONSTANT text[] := all_of || any_of;
  next bigint[] := array_fill(-none, ARRAY[cardinality(names)]);
  furthest bigint;
  nearest bigint;
  found bigint[] := '{}';
BEGIN
  IF cardinality(names) = 1 THEN
    RETURN ARRAY(SELECT p FROM unnest(next_places(read_log, names[1], backward, place, count)) p WHERE p <= last_place);
  END IF;
  WHILE place <= last_place AND cardinality(found) < count LOOP
    furthest := place;
    nearest := none;
    FOR i IN 1 .. cardinality(names) LOOP
      IF next[i] < place THEN
        next[i] := coalesce((next_places(read_log, names[i], backward, place, 1))[1], none);
      END IF;
      IF i <= cardinality(all_of) THEN
        furthest := greatest(furthest, next[i]);
      ELSE
        nearest := least(nearest, next[i]);
      END IF;
    END LOOP;
    IF cardinality(any_of) > 0 THEN
      furthest := greatest(furthest, nearest);
    END IF;
    IF furthest = place THEN
      found := found || place;
      place := place + 1;
    ELSE
      place := furthest;
    END IF;
  END LOOP;
  RETURN found;
END
$$;

-- The same of the batches that have no slices yet: few, and looked at one by one.
CREATE FUNCTION unsliced_places(
  read_log text, all_of text[], any_of text[], backward boolean, after bigint, up_to bigint, most integer
)
RETURNS bigint[]
LANGUAGE plpgsql
STABLE
AS $$
BEGIN
  IF after >= up_to THEN
    RETURN '{}';
  ELSIF backward THEN
    RETURN ARRAY(
      SELECT -b.last FROM batches b
      WHERE b.log = read_log AND b.last > after AND b.last <= up_to AND has_slices(b.slices, all_of, any_of)
      ORDER BY b.last DESC LIMIT most
    );
  END IF;
  RETURN ARRAY(
    SELECT b.last FROM batches b
    WHERE b.log = read_log AND b.last > after AND b.last <= up_to AND has_slices(b.slices, all_of, any_of)
    ORDER BY b.last LIMIT most
  );
END
$$;

-- A page of a log: the batches with any of the events after `after` and up to `up_to`, or of as many as `max_count`, whichever is less.
-- Of those that a slice finds, at most `max_count` batches. No more once they are `max_bytes` together: then the last row is `full`.
-- A slice that names a batch that is not there gives a row without events.
CREATE FUNCTION read_page(
  read_log text, after bigint, up_to bigint, backward boolean, all_of text[], any_of text[], max_count integer, max_bytes integer
)
RETURNS TABLE (first bigint, last bigint, recorded_at text, events text, "full" boolean)
LANGUAGE plpgsql
STABLE
SECURITY DEFINER
SET search_path = :"schema", pg_temp
SET enable_seqscan = off
SET enable_bitmapscan = off
SET enable_sort = off
AS $$
#variable_conflict use_column
DECLARE
  head heads%ROWTYPE;
  is_filtered CONSTANT boolean := cardinality(all_of) + cardinality(any_of) > 0;
  beyond bigint;
  places bigint[];
BEGIN
  SELECT * INTO head FROM heads h WHERE h.log = read_log;
  up_to := least(up_to, head.position);
  IF backward AND NOT is_filtered THEN
    after := greatest(after, up_to - max_count);
  ELSIF NOT is_filtered THEN
    up_to := least(up_to, after + max_count);
  END IF;
  -- The batch with the last of these events may end beyond it.
  SELECT b.last INTO beyond FROM batches b WHERE b.log = read_log AND b.last >= up_to ORDER BY b.last LIMIT 1;
  up_to := coalesce(beyond, up_to);

  IF is_filtered THEN
    places := CASE
      WHEN backward THEN
        unsliced_places(read_log, all_of, any_of, true, greatest(after, head.sliced), up_to, max_count)
        || matching_places(read_log, all_of, any_of, true, -least(up_to, head.sliced), -after - 1, max_count)
      ELSE
        matching_places(read_log, all_of, any_of, false, after + 1, least(up_to, head.sliced), max_count)
        || unsliced_places(read_log, all_of, any_of, false, greatest(after, head.sliced), up_to, max_count)
    END;
    RETURN QUERY
    SELECT page.last - page.count + 1, page.last, page.recorded_at, page.events, nullif(bytes >= max_bytes, false) FROM (
      SELECT abs(place) AS last, b.count, b.recorded_at, b.events, sum(octet_length(b.events)) OVER (ROWS UNBOUNDED PRECEDING) AS bytes
      FROM unnest(places[: max_count]) place
      LEFT JOIN LATERAL (SELECT * FROM batches b WHERE b.log = read_log AND b.last = abs(place) OFFSET 0) b ON true
    ) page WHERE (bytes - octet_length(page.events) < max_bytes) IS NOT FALSE;
  ELSIF backward THEN
    RETURN QUERY
    SELECT page.last - page.count + 1, page.last, page.recorded_at, page.events, nullif(bytes >= max_bytes, false) FROM (
      SELECT b.last, b.count, b.recorded_at, b.events, sum(octet_length(b.events)) OVER (ROWS UNBOUNDED PRECEDING) AS bytes
      FROM (SELECT * FROM batches b WHERE b.log = read_log AND b.last > after AND b.last <= up_to ORDER BY b.last DESC) b
    ) page WHERE bytes - octet_length(page.events) < max_bytes;
  ELSE
    RETURN QUERY
    SELECT page.last - page.count + 1, page.last, page.recorded_at, page.events, nullif(bytes >= max_bytes, false) FROM (
      SELECT b.last, b.count, b.recorded_at, b.events, sum(octet_length(b.events)) OVER (ROWS UNBOUNDED PRECEDING) AS bytes
      FROM (SELECT * FROM batches b WHERE b.log = read_log AND b.last > after AND b.last <= up_to ORDER BY b.last) b
    ) page WHERE bytes - octet_length(page.events) < max_bytes;
  END IF;
END
$$;

REVOKE ALL ON FUNCTION has_slices, next_places, matching_places, unsliced_places, read_page FROM PUBLIC;
