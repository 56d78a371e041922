"""What only a browser can say."""
