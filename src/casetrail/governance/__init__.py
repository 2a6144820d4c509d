"""Purpose, legal basis, consent, case states and audit events. Who may do what, and the record of it."""
