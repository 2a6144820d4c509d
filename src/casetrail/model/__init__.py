"""Frozen values, ids, units, time, geometry and the error tree. No input or output."""
