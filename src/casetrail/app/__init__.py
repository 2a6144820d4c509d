"""Use cases, one module each. A newcomer starts at `pipeline.py`."""
