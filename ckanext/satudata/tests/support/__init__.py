"""What tests stand on besides CKAN's fixtures: a mail server, a running portal, a browser."""
