"""What a data protection officer asks for: the audit log, terms and destruction, proof, and access of a pupil."""
