"""Anchors, camera topology, transit times, gates, path inference, review and reconciliation."""
