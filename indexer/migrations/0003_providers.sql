-- How the nodes are that the indexer asks, as its leader saw them last. Derived from nothing: what it says may be stale.

-- One row: whether what is in the journal was proven, and why nothing moves while nothing does.
CREATE TABLE journal.verification (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    level text NOT NULL CHECK (level IN ('prove', 'trust')),
    warning text,
    waiting text,
    noted_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON COLUMN journal.verification.level IS 'trust: logs were taken on a provider''s word';
COMMENT ON COLUMN journal.verification.waiting IS 'why the last look led to nothing; null while all is well';

CREATE TABLE journal.providers (
    name text PRIMARY KEY,
    position integer NOT NULL,
    state text NOT NULL,
    reason text,
    aside_until timestamptz,
    faults integer NOT NULL,
    lies integer NOT NULL,
    latency_ms integer NOT NULL,
    head_number bigint
);
COMMENT ON TABLE journal.providers IS 'names are hosts and ports: no address with a key in it is ever stored';
