"""TensorFlow, imported when something of it is used.

The task
    The composers are trained in TensorFlow and played in NumPy. Who only listens, measures or plays shall not wait ten
    seconds and give up 700 MB for a library that is not used. So the modules that do both take `tf` and `keras` from here.

The class and the two modules
    :class:`WhenNeeded`; :data:`tf`, :data:`keras`
"""

from __future__ import annotations

import importlib
from types import ModuleType

from musicbook.memory import give_back


class WhenNeeded:
    """Stands for a module, and imports it as soon as something of it is asked for."""

    def __init__(self, name: str):
        self._name = name
        self._module: ModuleType | None = None

    def __getattr__(self, attribute: str):
        """Give the module's attribute; a private name is asked by who inspects any object, as pytest does, and is no use."""
        if attribute.startswith("_"):
            raise AttributeError(attribute)
        if self._module is None:
            self._module = importlib.import_module(self._name)
            give_back()  # of what starting TensorFlow read, a fifth is read again
        return getattr(self._module, attribute)


tf = WhenNeeded("tensorflow")
keras = WhenNeeded("keras")
