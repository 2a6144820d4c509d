"""One contract suite per port: plain base classes of tests that every adapter and fake inherits."""
