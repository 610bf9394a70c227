"""The project that an assembly is synthesized from: its files, and how it is synthesized anew."""
