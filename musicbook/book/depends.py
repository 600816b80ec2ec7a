"""What the outputs of a notebook depend on, and a key that changes with it.

The task
    A notebook is executed again when something changes that it depends on, and not when anything else does. It depends on
    its code, on the modules of this package that it imports, directly or through others, on the files of the book that it
    and those modules read, and on the versions of the packages that they import.

How each is found
    *Modules*: by following every ``import`` in the source, also those inside functions, ``import_module`` and `WhenNeeded`
    with a name, and ``-m`` in a command. Two modules
    import by name, and have a table ``HOMES`` of the module behind each name: `musicbook.widgets` for the widgets that are
    imported from it, `musicbook.compose.models` for the names that stand in calls of its functions.
    *Files*: as ``data/reads.yml`` declares them, by module and by page; modules that are imported in yet another way are
    declared there, too. What a kernel really opened is noted while it runs (`trace`) and compared by `undeclared`: a build
    over a wrong declaration fails.
    *Packages*: the installed versions of what is imported, and of everything that those require.

    Processes that a notebook starts are followed by their ``-m`` alone; they are not watched.

The class and the functions
    ``Dependencies``; ``undeclared``

Sources
    Mokhov, Mitchell and Peyton Jones (2018), "Build systems à la carte", section 4.2.2, call the key a verifying trace.
"""

from __future__ import annotations

import ast
import functools
import hashlib
import itertools
import os
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path

import yaml
from IPython.core.inputtransformer2 import TransformerManager
from packaging.requirements import Requirement

import musicbook

DECLARED = "data/reads.yml"
"""Where a book declares what its notebooks and the package's modules read, relative to the book's folder."""

_PACKAGE = "musicbook"
_MODELS = f"{_PACKAGE}.compose.models"
_SETTINGS = ("MUSICBOOK_FULL",)
_KEY_LENGTH = 32


@dataclass(frozen=True)
class Source:
    """What stands in a piece of Python.

    Attributes
    ----------
    modules : frozenset of str
        Modules of this package that it imports.
    packages : frozenset of str
        Top-level names of the other modules that it imports.
    models : frozenset of str
        Names in its calls of ``open_model`` and ``weights_file``.
    """

    modules: frozenset[str]
    packages: frozenset[str]
    models: frozenset[str]


@dataclass(frozen=True)
class Inputs:
    """What a notebook depends on besides its code.

    Attributes
    ----------
    modules : frozenset of str
        Modules of this package.
    files : frozenset of str
        Declared files that exist, relative to the book's folder, or to the package's where they are only there.
    packages : frozenset of str
        Top-level names of imported modules, the standard library's among them.
    """

    modules: frozenset[str]
    files: frozenset[str]
    packages: frozenset[str]


class Dependencies:
    """The import graph of this package, and what a book declares that is read.

    Parameters
    ----------
    root : Path
        Folder of the book.
    package : Path, optional
        Folder of this package; the installed one if not given.
    """

    def __init__(self, root: Path, package: Path | None = None):
        self.root = root.resolve()
        self.package = (package or Path(musicbook.__file__).parent).resolve()
        self.paths = {_module_name(path.relative_to(self.package.parent)): path for path in self.package.rglob("*.py")}
        self.declared: dict[str, list[str]] = {}
        for place in (self.package.parent / DECLARED, self.root / DECLARED):  # a book of its own adds its pages to ours
            if place.is_file():
                self.declared |= yaml.safe_load(place.read_text(encoding="utf-8"))
        self.homes = {name: table for name, path in self.paths.items() if (table := _homes(path))}
        self._sources: dict[str, Source] = {}

    def of(self, page: str, code: Iterable[str]) -> Inputs:
        """Find what a notebook depends on.

        Parameters
        ----------
        page : str
            Name of its page, such as ``"chapters/03_algorithms/gan"``.
        code : iterable of str
            Its code cells.

        Returns
        -------
        Inputs
        """
        cells = [self._read(_plain(cell), "") for cell in code]
        reached: dict[str, Source] = {}
        waiting = [*self._declared_modules(page), *(name for cell in cells for name in cell.modules)]
        while waiting:
            name = waiting.pop()
            if name not in reached:
                reached[name] = self._source(name)
                waiting += [*reached[name].modules, *_parents(name), *self._declared_modules(name)]
        sources = [*cells, *reached.values()]
        fields = {"chapter": [page.rpartition("/")[2]], "model": {name for source in sources for name in source.models}}
        return Inputs(
            modules=frozenset(reached),
            files=frozenset(file for name in (page, *reached) for file in self._declared_files(name, fields)),
            packages=frozenset(name for source in sources for name in source.packages),
        )

    def key(self, page: str, code: Iterable[str]) -> str:
        """Hash what a notebook depends on besides its code.

        Parameters
        ----------
        page : str
            Name of its page.
        code : iterable of str
            Its code cells.

        Returns
        -------
        str
            32 hexadecimal digits. The Python version, and the settings that change what a chapter computes, are part of it.
        """
        inputs = self.of(page, code)
        lines = [f"python {sys.version_info[:2]}", *(f"{name}={os.environ.get(name, '')}" for name in _SETTINGS)]
        lines += [f"{name} {self._digest(self.paths[name])}" for name in sorted(inputs.modules)]
        lines += [f"{name} {self._digest(self._place(name))}" for name in sorted(inputs.files)]
        lines += [f"{name}=={version}" for name, version in sorted(installed(inputs.packages).items())]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:_KEY_LENGTH]

    def _source(self, name: str) -> Source:
        if name not in self._sources:
            self._sources[name] = self._read(self.paths[name].read_text(encoding="utf-8"), name)
        return self._sources[name]

    def _read(self, text: str, module: str) -> Source:
        modules, packages, models = set(), set(), set()
        try:
            nodes = _running(ast.parse(text))
        except SyntaxError:  # a cell that cannot be read cannot run, either
            nodes = []
        for node in nodes:
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = self._imported_from(node, module)
            elif isinstance(node, ast.List | ast.Tuple):
                names = [part for name in _commanded(node) for part in (name, f"{name}.__main__")]
            elif isinstance(node, ast.Call):
                names = _argument(node, "import_module", "WhenNeeded")
                for model in _argument(node, "open_model", "weights_file"):
                    models.add(model)
                    home = self.homes[_MODELS].get(model.rpartition("-")[0])
                    names += [f"{_MODELS.rpartition('.')[0]}.{home}"] if home else []
            else:
                continue
            modules |= set(names) & set(self.paths)
            packages |= {name.split(".")[0] for name in names} - {_PACKAGE}
        return Source(frozenset(modules), frozenset(packages), frozenset(models))

    def _imported_from(self, node: ast.ImportFrom, module: str) -> list[str]:
        base = node.module or ""
        if node.level:
            is_package = module in self.paths and self.paths[module].name == "__init__.py"
            parts = module.split(".")
            parts = parts[: len(parts) - node.level + is_package]
            base = ".".join([*parts, *filter(None, [node.module])])
        found = [base]
        for alias in node.names:
            name = self.homes.get(base, {}).get(alias.name, alias.name)
            found += [f"{base}.{name}"] if f"{base}.{name}" in self.paths else []
        return found

    def _declared_modules(self, name: str) -> Iterable[str]:
        for pattern in self.declared.get(name, ()):
            for path in self.package.parent.glob(pattern) if pattern.endswith(".py") else ():
                yield _module_name(path.relative_to(self.package.parent))

    def _declared_files(self, name: str, fields: dict[str, Iterable[str]]) -> Iterable[str]:
        for pattern in self.declared.get(name, ()):
            field = next((field for field in fields if f"{{{field}}}" in pattern), "")
            filled = [pattern.replace(f"{{{field}}}", value) for value in fields[field]] if field else [pattern]
            for each, folder in itertools.product(filled, {self.root, self.package.parent}):
                found = folder.glob(each) if not pattern.endswith(".py") else ()
                yield from (path.relative_to(folder).as_posix() for path in found if path.is_file())

    def _place(self, name: str) -> Path:
        place = self.root / name
        return place if place.is_file() else self.package.parent / name

    @functools.cache  # noqa: B019 (one object a build)
    def _digest(self, path: Path) -> str:
        return hashlib.sha256(path.read_bytes()).hexdigest()


def undeclared(inputs: Inputs, opened: Iterable[str]) -> list[str]:
    """Name what a run opened and was not known to depend on.

    Parameters
    ----------
    inputs : Inputs
        Of the notebook.
    opened : iterable of str
        Files, relative to the book's folder or the package's, as `trace` noted them.

    Returns
    -------
    list of str
        Modules of this package and files, sorted.
    """
    code = re.compile(rf"({_PACKAGE}/(?:.+/)?[^/.]+)(?:\.[^/]+)?\.pyc?")
    found = set()
    for name in opened:
        if match := code.fullmatch(name.replace("__pycache__/", "")):
            found |= {_module_name(Path(match[1]))} - inputs.modules
        elif not name.startswith(f"{_PACKAGE}/"):  # scripts and style sheets of the widgets are no part of an output
            found |= {name} - inputs.files
    return sorted(found)


def installed(names: Iterable[str]) -> dict[str, str]:
    """Give the versions of the installed packages behind some imports, and of everything that those require.

    Parameters
    ----------
    names : iterable of str
        Top-level names, as they are imported. Those of the standard library, and what is not installed, do not count.

    Returns
    -------
    dict of str to str
        Version by name of the package.
    """
    owners, packages = _environment()
    waiting, found = [owner for name in names for owner in owners.get(name, ())], {}
    while waiting:
        name = _normal(waiting.pop())
        if name in packages and name not in found and name != _PACKAGE:
            found[name], needed = packages[name]
            waiting += needed
    return found


@functools.cache
def _environment() -> tuple[dict[str, list[str]], dict[str, tuple[str, list[str]]]]:
    """Give the packages behind each import, and the version and needs of each package."""
    packages = {}
    for package in metadata.distributions():
        needs = [Requirement(line) for line in package.requires or ()]
        names = [need.name for need in needs if not need.marker or need.marker.evaluate({"extra": ""})]
        packages.setdefault(_normal(package.name), (package.version, names))
    return metadata.packages_distributions(), packages


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _homes(path: Path) -> dict[str, str]:
    """Read the table ``HOMES`` of a module; empty if it has none."""
    text = path.read_text(encoding="utf-8")
    if "\nHOMES = {" not in text:
        return {}
    tables = [
        node.value for node in ast.parse(text).body if isinstance(node, ast.Assign) and node.targets[0].id == "HOMES"
    ]
    return ast.literal_eval(tables[0])


def _module_name(path: Path) -> str:
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _parents(name: str) -> list[str]:
    parts = name.split(".")
    return [".".join(parts[:n]) for n in range(1, len(parts))]


def _plain(cell: str) -> str:
    """Write the magics and commands of a cell as Python."""
    return TransformerManager().transform_cell(cell)


def _running(tree: ast.Module) -> list[ast.AST]:
    """Give all nodes but those that are there for type checkers alone."""
    nodes, waiting = [], [tree]
    while waiting:
        node = waiting.pop()
        if not (isinstance(node, ast.If) and getattr(node.test, "id", "") == "TYPE_CHECKING"):
            nodes.append(node)
            waiting += ast.iter_child_nodes(node)
    return nodes


def _argument(call: ast.Call, *functions: str) -> list[str]:
    """Give the name in a call of some functions; none for another call, or if the name is computed."""
    called = getattr(call.func, "id", getattr(call.func, "attr", ""))
    given = getattr(call.args[0], "value", None) if called in functions and call.args else None
    return [given] if isinstance(given, str) else []


def _commanded(node: ast.List | ast.Tuple) -> list[str]:
    """Give the module that a command such as ``[sys.executable, "-m", "musicbook"]`` runs."""
    values = [getattr(item, "value", None) for item in node.elts]
    return [module for flag, module in itertools.pairwise(values) if flag == "-m" and isinstance(module, str)]
