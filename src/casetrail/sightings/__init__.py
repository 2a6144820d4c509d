"""Opening presences for a case: clothing, silhouette, mask state, and with consent the face."""
