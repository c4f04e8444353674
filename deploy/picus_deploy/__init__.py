"""What `deploy/deploy` does. `command` is the way in, `steps` the order of things."""
