"""Detection and within-camera tracking, and the presence index. No description of anyone."""
