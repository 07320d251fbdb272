-- What a program needs that reads and appends: nothing here changes or removes an event except `erase`.
GRANT USAGE ON SCHEMA :"schema" TO :"role";
GRANT SELECT ON :"schema".migrations, :"schema".heads, :"schema".batches, :"schema".late_ids, :"schema".slices, :"schema".events TO :"role";
GRANT EXECUTE ON FUNCTION :"schema".append, :"schema".append_one, :"schema".read_page, :"schema".id_of, :"schema".erase TO :"role";
GRANT SELECT, INSERT, UPDATE, DELETE ON :"schema".checkpoints TO :"role";
GRANT SELECT, INSERT, DELETE ON :"schema".parts, :"schema".hints TO :"role";
