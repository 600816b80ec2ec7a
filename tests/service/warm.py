"""What every process of the system loads first, loaded on import: children of a server that imported this start at once."""

from musicbook.compose.models import open_model
from musicbook.music import corpus, features, mood, style
from musicbook.service import command

command.plugins.composers()
features.table(corpus.load())
mood.table(corpus.load())
style.standard()
corpus.windows(4, collections=corpus.FIDDLE_BOOKS)
corpus.windows(4, "test", corpus.FIDDLE_BOOKS)
open_model("vae-reconstruct-4")
