"""Cameras, recordings, camera clocks, and frames on one UTC timeline."""
