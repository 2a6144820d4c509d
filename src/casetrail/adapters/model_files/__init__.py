"""Model files in directories, in the cache, in registry packages, and at their official addresses."""
