-- Table data as Parquet files, in pieces. All pieces of a part come in one transaction, so a part is there whole or not at all.
CREATE TABLE parts (
  project text COLLATE "C" NOT NULL,
  id text COLLATE "C" NOT NULL,
  piece integer NOT NULL,
  written_at timestamptz NOT NULL DEFAULT now(),
  data bytea NOT NULL,
  PRIMARY KEY (project, id, piece)
) /* PARTITION BY HASH (project) */;

-- Parquet is compressed already.
ALTER TABLE parts ALTER COLUMN data SET STORAGE EXTERNAL;
