-- States saved for speed: deletable at any time.
CREATE TABLE checkpoints (
  log text COLLATE "C" NOT NULL,
  fold text COLLATE "C" NOT NULL,
  position bigint NOT NULL,
  recorded_at text COLLATE "C" NOT NULL,
  state text NOT NULL,
  PRIMARY KEY (log, fold, position)
) /* PARTITION BY HASH (log) */;
