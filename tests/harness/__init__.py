"""What the black-box tests share: shapes, processes, and a client that tidies nothing up."""
