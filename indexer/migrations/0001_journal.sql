-- The journal: blocks and logs as the chain gave them, and where we stand. Durable; all else is derived from it.

CREATE DOMAIN journal.uint256 AS numeric(78, 0)
    CHECK (VALUE >= 0 AND VALUE < 115792089237316195423570985008687907853269984665640564039457584007913129639936);

-- One row: which chain and which contracts this database follows. Another deployment needs another database.
CREATE TABLE journal.deployment (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    chain_id bigint NOT NULL,
    genesis_hash bytea NOT NULL,
    first_block bigint NOT NULL,
    addresses bytea[] NOT NULL
);

CREATE TABLE journal.blocks (
    number bigint PRIMARY KEY,
    hash bytea NOT NULL UNIQUE,
    parent_hash bytea NOT NULL,
    timestamp bigint NOT NULL
);
CREATE INDEX blocks_by_timestamp ON journal.blocks (timestamp, number);

CREATE TABLE journal.logs (
    block_number bigint NOT NULL,
    log_index integer NOT NULL,
    transaction_hash bytea NOT NULL,
    transaction_index integer NOT NULL,
    address bytea NOT NULL,
    topics bytea[] NOT NULL,
    data bytea NOT NULL,
    PRIMARY KEY (block_number, log_index)
);

-- One row: the tip that we hold. It moves only from the tip that its writer thinks it holds.
CREATE TABLE journal.cursor (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    number bigint NOT NULL,
    hash bytea NOT NULL,
    finalized_number bigint NOT NULL,
    head_number bigint NOT NULL,
    epoch integer NOT NULL,
    halted text
);
COMMENT ON COLUMN journal.cursor.finalized_number IS 'highest of our blocks that the node called final; never falls';
COMMENT ON COLUMN journal.cursor.head_number IS 'newest block of the node, as of the last commit';
COMMENT ON COLUMN journal.cursor.epoch IS 'how many times the chain was rewound';
COMMENT ON COLUMN journal.cursor.halted IS 'why the indexer stopped for its operator; null while it may go on';

CREATE TABLE journal.reorgs (
    epoch integer PRIMARY KEY,
    fork_number bigint NOT NULL,
    fork_hash bytea NOT NULL,
    old_number bigint NOT NULL,
    old_hash bytea NOT NULL,
    seen_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE journal.orphaned_blocks (
    hash bytea NOT NULL,
    epoch integer NOT NULL REFERENCES journal.reorgs,
    number bigint NOT NULL,
    PRIMARY KEY (hash, epoch)
);

-- Each version of the projections is a schema with its own cursor; readers use the live one.
CREATE TABLE journal.versions (
    schema_name text PRIMARY KEY,
    fingerprint text NOT NULL,
    live boolean NOT NULL,
    number bigint NOT NULL,
    hash bytea NOT NULL,
    built_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX one_live_version ON journal.versions (live) WHERE live;
