-- A log is a head, its events in batches, and the slices by which it is read.
-- Whatever is written of a log is written under the lock of its head.

CREATE TABLE heads (
  log text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  recorded_at text COLLATE "C" NOT NULL,
  -- The greatest of all ids: whatever is greater is new.
  greatest_id text COLLATE "C" NOT NULL,
  -- Up to where `slices` tells what there is; it is never far behind.
  sliced bigint NOT NULL,
  PRIMARY KEY (log)
) /* PARTITION BY HASH (log) */;

-- Events that follow each other, of one append and one time: as many as fit into a row that PostgreSQL does not compress.
CREATE TABLE batches (
  log text COLLATE "C" NOT NULL,
  -- The position of the last one.
  last bigint NOT NULL,
  count integer NOT NULL,
  recorded_at text COLLATE "C" NOT NULL,
  -- As it stood in the head after them.
  greatest_id text COLLATE "C" NOT NULL,
  -- The tags and types that any of them has, a line each.
  slices text COLLATE "C" NOT NULL,
  -- A JSON array of objects, as it came: jsonb would put keys in another order. Of each the first key is `id`.
  events text NOT NULL,
  PRIMARY KEY (log, last)
) /* PARTITION BY HASH (log) */;

-- Ids that were not the greatest of their log when they came, by their digests. Ids that are made in the order of time seldom are here.
CREATE TABLE late_ids (
  log text COLLATE "C" NOT NULL,
  id bytea NOT NULL,
  PRIMARY KEY (log, id)
) /* PARTITION BY HASH (log) */;

-- Which batches have a tag, or a type: some of them in order, the last one in the key.
CREATE TABLE slices (
  log text COLLATE "C" NOT NULL,
  slice text COLLATE "C" NOT NULL,
  last bigint NOT NULL,
  batches bigint[] NOT NULL,
  PRIMARY KEY (log, slice, last)
) /* PARTITION BY HASH (log) */;

-- The id that an event begins with, as JSON: what is in it besides may be more than PostgreSQL can read.
CREATE FUNCTION id_of(event text)
RETURNS text
LANGUAGE sql
IMMUTABLE
AS $$ SELECT substring(event FROM '^\{"id":("(?:[^"\\]|\\.)*")') COLLATE "C" $$;

-- For people: an event a row.
CREATE VIEW events AS
SELECT b.log, b.last - b.count + e.place AS position, btrim(id_of(e.event::text), '"') AS id, b.recorded_at, e.event::text AS body
FROM batches b, json_array_elements(b.events::json) WITH ORDINALITY e (event, place);
