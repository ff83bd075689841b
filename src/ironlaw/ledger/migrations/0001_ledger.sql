-- The events, one row each, in the order of ironlaw.ledger.events.Record. A plain rowid table on purpose:
-- carve.py finds its rows in a file that SQLite cannot open any more.
CREATE TABLE events (
  id             TEXT NOT NULL,
  learner        TEXT NOT NULL,
  device         TEXT NOT NULL,
  seq            INTEGER NOT NULL CHECK (seq >= 1),
  lab            TEXT NOT NULL,
  lab_version    INTEGER NOT NULL,
  engine_version TEXT NOT NULL,
  registry       TEXT NOT NULL,
  kind           TEXT NOT NULL,
  payload        TEXT NOT NULL,
  client_time    TEXT,
  server_time    TEXT NOT NULL,
  prev           TEXT NOT NULL,
  hash           TEXT NOT NULL,
  PRIMARY KEY (device, seq)
) STRICT;

-- Two devices may hold the same event (a retry that reached both), one device never twice.
CREATE UNIQUE INDEX events_by_id ON events (id, device);

CREATE INDEX events_by_learner ON events (learner, lab, server_time, device, seq);

-- Answers "was a prediction of this act stored?" without touching the table.
CREATE INDEX predictions ON events (learner, lab, json_extract(payload, '$.act')) WHERE kind = 'predicted';

CREATE TRIGGER events_are_append_only BEFORE UPDATE ON events
BEGIN
  SELECT RAISE(ABORT, 'events are append-only');
END;

-- The device under which this file appends for a learner.
CREATE TABLE writers (
  learner TEXT NOT NULL PRIMARY KEY,
  device  TEXT NOT NULL UNIQUE
) STRICT;

CREATE TABLE notices (
  id    INTEGER PRIMARY KEY,
  level TEXT NOT NULL,
  text  TEXT NOT NULL,
  at    TEXT NOT NULL,
  aside TEXT
) STRICT;
