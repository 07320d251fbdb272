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

-- The next places of a slice, at most `most`, at or beyond one. Of a slice's rows each ends before the next one begins.
CREATE FUNCTION next_places(read_log text, read_slice text, backward boolean, place bigint, most integer)
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
        (SELECT s.batches FROM slices s WHERE s.log = read_log AND s.slice = read_slice AND s.last < -place ORDER BY s.last DESC LIMIT most)
      ) r, generate_subscripts(r.batches, 1, true) i
      WHERE r.batches[i] <= -place LIMIT most
    );
  END IF;
  RETURN ARRAY(
    SELECT p
    FROM (
      SELECT s.batches FROM slices s WHERE s.log = read_log AND s.slice = read_slice AND s.last >= place ORDER BY s.last LIMIT most
    ) r, unnest(r.batches) p
    WHERE p >= place LIMIT most
  );
END
$$;

-- Two arrays in order as one, each place once. What is beyond the end of an array is null, which `least` passes over.
CREATE FUNCTION merged(a bigint[], b bigint[])
RETURNS bigint[]
LANGUAGE plpgsql
IMMUTABLE
AS $$
DECLARE
  i integer := 1;
  j integer := 1;
  nearest bigint;
  together bigint[] := '{}';
BEGIN
  LOOP
    nearest := least(a[i], b[j]);
    EXIT WHEN nearest IS NULL;
    together := together || nearest;
    i := i + (a[i] IS NOT DISTINCT FROM nearest)::integer;
    j := j + (b[j] IS NOT DISTINCT FROM nearest)::integer;
  END LOOP;
  RETURN together;
END
$$;

-- Places that are in all of some slices and, when `any_of` names any, in one of those; from `place` to `last_place`, at most `most`.
-- The next places of the smallest slice are looked for in the others, so the cost follows the smallest: it is the one whose next places
-- reach furthest. Without `all_of` they are the next ones of any.
CREATE FUNCTION matching_places(
  read_log text, all_of text[], any_of text[], backward boolean, place bigint, last_place bigint, most integer
)
RETURNS bigint[]
LANGUAGE plpgsql
STABLE
AS $$
DECLARE
  at_once CONSTANT integer := least(greatest(most, 10), 100);
  slice text;
  smallest text;
  places bigint[];
  reached bigint;
  candidates bigint[];
  furthest bigint;
  found bigint[] := '{}';
BEGIN
  IF cardinality(all_of) + cardinality(any_of) = 1 THEN
    RETURN ARRAY(SELECT p FROM unnest(next_places(read_log, (all_of || any_of)[1], backward, place, most)) p WHERE p <= last_place);
  END IF;
  WHILE place <= last_place AND cardinality(found) < most LOOP
    furthest := NULL;
    candidates := '{}';
    FOREACH slice IN ARRAY CASE WHEN all_of = '{}' THEN any_of ELSE all_of END LOOP
      places := next_places(read_log, slice, backward, place, at_once);
      reached := coalesce(places[at_once], last_place);
      IF all_of = '{}' THEN
        candidates := merged(candidates, places);
        furthest := least(furthest, reached);
      ELSIF furthest IS NULL OR reached > furthest OR (reached = furthest AND cardinality(places) < cardinality(candidates)) THEN
        candidates := places;
        furthest := reached;
        smallest := slice;
      END IF;
    END LOOP;
    furthest := least(furthest, last_place);
    -- Rows of a slice do not overlap: it has a place in the first row that ends there or beyond, or nowhere.
    found := found || ARRAY(
      SELECT p
      FROM unnest(candidates) p
      WHERE p <= furthest
        AND NOT EXISTS (
          SELECT FROM unnest(all_of) a (slice)
          WHERE a.slice <> smallest AND (
            SELECT abs(p) = ANY (s.batches) FROM slices s
            WHERE s.log = read_log AND s.slice = a.slice AND s.last >= abs(p) ORDER BY s.last LIMIT 1
          ) IS NOT TRUE
        )
        AND (
          any_of = '{}' OR smallest IS NULL OR EXISTS (
            SELECT FROM unnest(any_of) a (slice)
            WHERE (
              SELECT abs(p) = ANY (s.batches) FROM slices s
              WHERE s.log = read_log AND s.slice = a.slice AND s.last >= abs(p) ORDER BY s.last LIMIT 1
            )
          )
        )
      LIMIT most - cardinality(found)
    );
    place := furthest + 1;
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
      WHERE b.log = read_log AND b.last > after AND b.last <= up_to AND :"schema".has_slices(b.slices, all_of, any_of)
      ORDER BY b.last DESC LIMIT most
    );
  END IF;
  RETURN ARRAY(
    SELECT b.last FROM batches b
    WHERE b.log = read_log AND b.last > after AND b.last <= up_to AND :"schema".has_slices(b.slices, all_of, any_of)
    ORDER BY b.last LIMIT most
  );
END
$$;

-- A page of a log: the batches with events after `after` and up to `up_to`, at most `most` of them, and no more once they are `max_bytes`
-- together: then the last row is `full`. A slice that names a batch that is not there gives a row without events.
CREATE FUNCTION read_page(
  read_log text, after bigint, up_to bigint, backward boolean, all_of text[], any_of text[], most integer, max_bytes integer
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
  sliced bigint;
  places bigint[];
BEGIN
  -- The batch that has the event at `up_to` may end beyond it.
  IF cardinality(all_of) + cardinality(any_of) > 0 THEN
    SELECT h.sliced, coalesce((SELECT b.last FROM batches b WHERE b.log = read_log AND b.last >= up_to ORDER BY b.last LIMIT 1), up_to)
    INTO sliced, up_to
    FROM heads h WHERE h.log = read_log;
    places := CASE
      WHEN backward THEN
        unsliced_places(read_log, all_of, any_of, true, greatest(after, sliced), up_to, most)
        || matching_places(read_log, all_of, any_of, true, -least(up_to, sliced), -after - 1, most)
      ELSE
        matching_places(read_log, all_of, any_of, false, after + 1, least(up_to, sliced), most)
        || unsliced_places(read_log, all_of, any_of, false, greatest(after, sliced), up_to, most)
    END;
    RETURN QUERY
    SELECT page.last - page.count + 1, page.last, page.recorded_at, page.events, nullif(bytes >= max_bytes, false) FROM (
      SELECT abs(place) AS last, b.count, b.recorded_at, b.events, sum(octet_length(b.events)) OVER (ROWS UNBOUNDED PRECEDING) AS bytes
      FROM unnest(places[: most]) place
      LEFT JOIN LATERAL (SELECT * FROM batches b WHERE b.log = read_log AND b.last = abs(place) OFFSET 0) b ON true
    ) page WHERE (bytes - octet_length(page.events) < max_bytes) IS NOT FALSE;
  ELSIF backward THEN
    RETURN QUERY
    SELECT page.last - page.count + 1, page.last, page.recorded_at, page.events, nullif(bytes >= max_bytes, false) FROM (
      SELECT b.last, b.count, b.recorded_at, b.events, sum(octet_length(b.events)) OVER (ROWS UNBOUNDED PRECEDING) AS bytes
      FROM (
        SELECT * FROM batches b
        WHERE b.log = read_log AND b.last > after
          AND b.last <= coalesce((SELECT b.last FROM batches b WHERE b.log = read_log AND b.last >= up_to ORDER BY b.last LIMIT 1), up_to)
        ORDER BY b.last DESC LIMIT most
      ) b
    ) page WHERE bytes - octet_length(page.events) < max_bytes;
  ELSE
    RETURN QUERY
    SELECT page.last - page.count + 1, page.last, page.recorded_at, page.events, nullif(bytes >= max_bytes, false) FROM (
      SELECT b.last, b.count, b.recorded_at, b.events, sum(octet_length(b.events)) OVER (ROWS UNBOUNDED PRECEDING) AS bytes
      FROM (
        SELECT * FROM batches b
        WHERE b.log = read_log AND b.last > after
          AND b.last <= coalesce((SELECT b.last FROM batches b WHERE b.log = read_log AND b.last >= up_to ORDER BY b.last LIMIT 1), up_to)
        ORDER BY b.last LIMIT most
      ) b
    ) page WHERE bytes - octet_length(page.events) < max_bytes;
  END IF;
END
$$;

REVOKE ALL ON FUNCTION has_slices, next_places, merged, matching_places, unsliced_places, read_page FROM PUBLIC;
