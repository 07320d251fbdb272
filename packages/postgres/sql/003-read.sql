-- Reading is keyset paging: a page is what comes after a place. The settings rule out every plan but ordered index ranges,
-- also where the server has no statistics yet.
--
-- Places number a log in reading order: forward they are positions, backward minus positions, so both ascend.

-- The next places of a slice, at most `count`, at or beyond one. Of a slice's rows each ends before the next one begins.
CREATE FUNCTION next_places(read_log text, read_slice text, backward boolean, place bigint, count integer)
RETURNS bigint[]
LANGUAGE plpgsql
STABLE
AS $$
BEGIN
  IF backward THEN
    RETURN ARRAY(
      SELECT -r.positions[i]
      FROM (
        (SELECT s.positions FROM slices s WHERE s.log = read_log AND s.slice = read_slice AND s.last >= -place ORDER BY s.last LIMIT 1)
        UNION ALL
        (SELECT s.positions FROM slices s WHERE s.log = read_log AND s.slice = read_slice AND s.last < -place ORDER BY s.last DESC LIMIT count)
      ) r, generate_subscripts(r.positions, 1, true) i
      WHERE r.positions[i] <= -place LIMIT count
    );
  END IF;
  RETURN ARRAY(
    SELECT p
    FROM (
      SELECT s.positions FROM slices s WHERE s.log = read_log AND s.slice = read_slice AND s.last >= place ORDER BY s.last LIMIT count
    ) r, unnest(r.positions) p
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

-- A page of a log: positions greater than `after` and up to `up_to`, at most `max_events` of them, and no more once they are `max_bytes`
-- together: then the last row is `full`. A slice that names an event that is not there gives a row without body.
CREATE FUNCTION read_page(
  read_log text, after bigint, up_to bigint, backward boolean, all_of text[], any_of text[], max_events integer, max_bytes integer
)
RETURNS TABLE ("position" bigint, recorded_at text, body text, "full" boolean)
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
  places bigint[];
BEGIN
  IF cardinality(all_of) + cardinality(any_of) > 0 THEN
    places := CASE
      WHEN backward THEN matching_places(read_log, all_of, any_of, true, -up_to, -after - 1, max_events)
      ELSE matching_places(read_log, all_of, any_of, false, after + 1, up_to, max_events)
    END;
    RETURN QUERY
    SELECT page.position, page.recorded_at, page.body, nullif(bytes >= max_bytes, false) FROM (
      SELECT abs(place) AS position, e.recorded_at, e.body, sum(octet_length(e.body)) OVER (ROWS UNBOUNDED PRECEDING) AS bytes
      FROM unnest(places) place
      LEFT JOIN LATERAL (SELECT * FROM events e WHERE e.log = read_log AND e.position = abs(place) OFFSET 0) e ON true
    ) page WHERE (bytes - octet_length(page.body) < max_bytes) IS NOT FALSE;
  ELSIF backward THEN
    RETURN QUERY
    SELECT page.position, page.recorded_at, page.body, nullif(bytes >= max_bytes, false) FROM (
      SELECT e.position, e.recorded_at, e.body, sum(octet_length(e.body)) OVER (ROWS UNBOUNDED PRECEDING) AS bytes
      FROM (
        SELECT * FROM events e WHERE e.log = read_log AND e.position > after AND e.position <= up_to ORDER BY e.position DESC LIMIT max_events
      ) e
    ) page WHERE bytes - octet_length(page.body) < max_bytes;
  ELSE
    RETURN QUERY
    SELECT page.position, page.recorded_at, page.body, nullif(bytes >= max_bytes, false) FROM (
      SELECT e.position, e.recorded_at, e.body, sum(octet_length(e.body)) OVER (ROWS UNBOUNDED PRECEDING) AS bytes
      FROM (
        SELECT * FROM events e WHERE e.log = read_log AND e.position > after AND e.position <= up_to ORDER BY e.position LIMIT max_events
      ) e
    ) page WHERE bytes - octet_length(page.body) < max_bytes;
  END IF;
END
$$;

REVOKE ALL ON FUNCTION next_places, matching_places, read_page FROM PUBLIC;
