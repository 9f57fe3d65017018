"""What is in an export, whatever its layout: paths, counts and kinds of values; never a value of a person."""
