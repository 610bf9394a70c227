"""What is measured of a deployed service: its metrics, the alarms on them, and a dashboard."""
