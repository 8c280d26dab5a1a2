"""Tests mirror the source: a folder for each of its folders, plus architecture and e2e."""
