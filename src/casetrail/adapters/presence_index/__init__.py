"""PresenceIndex in Apache Parquet with Parquet Modular Encryption."""
