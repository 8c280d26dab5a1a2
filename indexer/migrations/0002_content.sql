-- The bytes of documents whose hash an event names. Not derived from the chain: no rebuild may drop them.

CREATE SCHEMA content;

CREATE TABLE content.documents (
    hash bytea PRIMARY KEY CHECK (octet_length(hash) = 32),
    media_type text NOT NULL,
    size integer NOT NULL CHECK (size = octet_length(bytes) AND size BETWEEN 1 AND 10485760),
    bytes bytea NOT NULL,
    document jsonb CHECK (jsonb_typeof(document) = 'object'),
    received_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE content.documents IS 'only ever added to; the role that serves it may read and insert';
COMMENT ON COLUMN content.documents.hash IS 'keccak256 of bytes';
COMMENT ON COLUMN content.documents.document IS 'what the bytes say, where they are a JSON object of at most 64 KiB';

-- Most of them are compressed already.
ALTER TABLE content.documents ALTER COLUMN bytes SET STORAGE EXTERNAL;
