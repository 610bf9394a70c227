"""``cws migrate``: a project of CoWorks, moved over."""
