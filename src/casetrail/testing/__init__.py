"""Public test kit: fakes, drawn footage without real people, and the contract suite of each port."""
