"""Decoder: recordings in files through PyAV (FFmpeg's libraries), image sequences through OpenCV."""
