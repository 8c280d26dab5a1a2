-- What was held against the chain's own state, and where it differed. Derived from nothing; it bears on nothing else.

CREATE TABLE journal.reconciliations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number bigint NOT NULL,
    hash bytea NOT NULL,
    fingerprint text NOT NULL,
    provider text NOT NULL,
    sampled integer,
    compared jsonb NOT NULL,
    difference_count integer NOT NULL,
    differences jsonb NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX reconciliations_with_differences ON journal.reconciliations (id) WHERE difference_count > 0;
COMMENT ON COLUMN journal.reconciliations.number IS 'the block as of which the rows were compared with the contracts'' views';
COMMENT ON COLUMN journal.reconciliations.sampled IS 'how many rows of each check were drawn by lot; null where all were compared';
COMMENT ON COLUMN journal.reconciliations.compared IS 'how many values of each check were compared';
COMMENT ON COLUMN journal.reconciliations.differences IS 'the first thousand: check, where, what, ours, chain, last_good';
