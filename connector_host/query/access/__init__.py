"""Access of principals: their grants, the paths to them, and the matrix of principals and resources."""
