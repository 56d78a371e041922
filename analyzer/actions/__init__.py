"""What a reader asks for → planned text: files as they shall be, and why. Nothing is written."""
