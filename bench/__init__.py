"""Speed and memory, as ratios measured in one run against a stated rival or limit (`make bench`)."""
