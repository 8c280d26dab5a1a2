-- Versions of the projections are promoted, taken back and dropped while the index runs.

ALTER TABLE journal.versions ADD COLUMN promoted_at timestamptz;
COMMENT ON COLUMN journal.versions.built_at IS 'when its building began';
COMMENT ON COLUMN journal.versions.promoted_at IS 'when readers were sent to it, the last time; null while they never were';
UPDATE journal.versions SET promoted_at = built_at WHERE live;

-- A name never comes back: what was dropped as projection_2 cannot be mistaken for what was built after it.
CREATE SEQUENCE journal.version_numbers AS integer;
