"""What exercises compute: the right answer and the known wrong ones, on any shop."""
