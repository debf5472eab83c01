"""What holds for every test: properties are not timed, since other work may share the machine."""

from hypothesis import settings

settings.register_profile("house", deadline=None)
settings.load_profile("house")
