-- Which logs grew lately, for those who watch: a hint, swept after a minute, and gone when the server crashes.
CREATE UNLOGGED TABLE hints (
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  id uuid NOT NULL,
  sender uuid NOT NULL,
  logs text[] NOT NULL,
  PRIMARY KEY (at, id)
);
