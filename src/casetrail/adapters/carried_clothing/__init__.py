"""The clothing embedder of the carried set: a network whose weights lie here, and colours of body parts."""
