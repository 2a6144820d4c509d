"""A simulated city with known truth, behind the ports of real footage; `world.build_world` is where to start."""
