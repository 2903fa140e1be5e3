"""What one would use instead of Dateline, each as a good engineer would write it, and Dateline beside them."""
