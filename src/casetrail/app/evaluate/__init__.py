"""Measurements on recordings with known truth: one module per `casetrail evaluate` command, and what they share."""
