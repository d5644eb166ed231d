"""Due times, days off, reminders."""
