"""What the journal says of posts and analysis reports; joins `shared.words`."""

from __future__ import annotations

from ckanext.satudata.shared.wording import N_

HAPPENED = {
    "post_saved": N_("Version of text and files saved"),
    "post_shown": N_("Channel logged"),
    "post_withdrawn": N_("Taken from the public page"),
    "report_became_dataset": N_("Analysis report became a dataset"),
}
SUBJECTS = {"post": N_("Post")}
DETAILS = {
    "posts": N_("Posts taken from the public page"),
    "answers": N_("Published answers to requests taken from the public pages"),
    "reports": N_("Analysis reports made of these data, which stay"),
    "channel": N_("Channel"),
    "address": N_("Web address"),
}
