"""`satudata_posts`: posts for website and social media, analysis reports, their public page."""

from ckanext.satudata.posts import desk, effects  # noqa: F401 - register themselves
from ckanext.satudata.shared.room import Room


class PostsPlugin(Room):
    """Posts and analysis reports."""

    templates = "posts"
