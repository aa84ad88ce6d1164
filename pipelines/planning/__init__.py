"""What a corpus of N rows will hold, take and cost, from a measured sample."""
