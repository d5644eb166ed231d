"""The scan for personal data: what a file holds of persons, before it is handed on (SOP 001 step 10, UU 27/2022).

`scan.of_file` reads one file; `work` does so in a process of its own. What a column holds is judged by its heading and
by all of its cells (`columns`), rare ones in texts by `texts`; what stands outside the table by `texts` alone.
"""
