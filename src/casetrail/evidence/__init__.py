"""Redaction, clips and reports: what may leave the room, and how."""
