"""Pictures of the graph: the cluster map."""
