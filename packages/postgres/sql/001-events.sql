-- A log is a head, its events by position, and the slices by which it is read.
-- Whatever is written of a log is written under the lock of its head.

CREATE TABLE heads (
  log text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  recorded_at text COLLATE "C" NOT NULL,
  PRIMARY KEY (log)
) /* PARTITION BY HASH (log) */;

CREATE TABLE events (
  log text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  id text COLLATE "C" NOT NULL,
  recorded_at text COLLATE "C" NOT NULL,
  -- JSON as it came: jsonb would put its keys in another order.
  body text NOT NULL,
  PRIMARY KEY (log, position),
  UNIQUE (log, id)
) /* PARTITION BY HASH (log) */;

-- Which events have a tag, or a type. Each append adds a row to each slice that it touches, or several when it is large:
-- the positions in order, the last of them in the key.
CREATE TABLE slices (
  log text COLLATE "C" NOT NULL,
  slice text COLLATE "C" NOT NULL,
  last bigint NOT NULL,
  positions bigint[] NOT NULL,
  PRIMARY KEY (log, slice, last)
) /* PARTITION BY HASH (log) */;
