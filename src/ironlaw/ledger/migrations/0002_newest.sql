-- Answers "which track, which machine stands?" and "did anything come since?" without reading a learner's events.
CREATE INDEX newest ON events (learner, kind, server_time, device, seq);
