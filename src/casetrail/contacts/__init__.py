"""Exposures on the ground plane, contact definitions, close contacts and the line list."""
