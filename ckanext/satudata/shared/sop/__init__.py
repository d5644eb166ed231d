"""The SOP files a site runs: their forms, versions and times."""
