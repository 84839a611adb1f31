"""What lists of labels and thefts share: GraphSense's vocabulary, incidents of lists."""
