"""What people have to decide: asked as facets of distinct values, answered once, kept for every school and run."""
