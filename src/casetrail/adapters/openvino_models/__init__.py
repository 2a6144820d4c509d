"""Models run by OpenVINO on the processor, in 32-bit floats so that results do not depend on which processor."""
