"""What Lambda does with one function: its processes, its files, its environment."""
