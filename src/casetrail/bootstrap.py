"""The composition root: the only module that names adapters. Extras load when they are used."""
