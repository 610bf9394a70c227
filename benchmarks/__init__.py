"""This project measured against what its users would pick instead."""
