"""Catalogue of cameras and recordings (SQLAlchemy; SQLite in write-ahead mode)."""
