"""Documents that leave the portal: letters, PDF, sheets."""
