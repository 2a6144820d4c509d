"""The composition root: the only module that names adapters. Extras load when they are used."""

from casetrail.footage.decoder import Decoder


def open_decoder(threads: int = 0) -> Decoder:
    """The decoder of recordings. `threads` for one file; 0 lets it choose, 1 suits a worker among several."""
    from casetrail.adapters.decoder.decoder import MediaDecoder

    return MediaDecoder(threads)
