"""Tests in the real place: a real `ironlaw serve`, a real ledger file, a real Chromium."""
