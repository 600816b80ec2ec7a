"""Helper package of the book *AI for the Music Industry: Intelligent Composition and Personalised Recommendation*.

The floors, from the ground up; a module imports only from its own floor and those below:

``musicbook.music``
    Tunes as data: corpus, melody, files, features, sound, score. Sees nothing above.
``musicbook.compose``
    Machines that compose. Sees ``music``.
``musicbook.recommend``
    Listeners, recommenders, and how to judge them. Sees ``music``, never ``compose``.
``musicbook.service``
    The whole system, and the command ``python -m musicbook``. Sees all of the above.
``musicbook.course``
    The exercises, how they are checked, assigned and graded. Sees ``music``; the widgets show it.
``musicbook.widgets``
    Players and tuners for the notebooks and for the published page. Sees everything.
``musicbook.book``
    What turns the notebooks into the published book: the Sphinx extension and its checks.

Below all of them lies the module ``musicbook.memory``: how much memory a process took.
"""

from musicbook.course.checks import check

__all__ = ["check"]
__version__ = "0.1.0"
