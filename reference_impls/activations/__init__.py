"""What stands between two linear maps, so that they do not collapse into one."""
