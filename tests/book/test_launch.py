"""The buttons for Binder and Colab, for a book with an address."""

from __future__ import annotations

from books import STRICT, build, markdown, notebook, page, write_book


def test_links_of_a_book_with_an_address(tmp_path):
    config = {"repository": {"url": "https://github.com/someone/some-book", "branch": "trunk"}}
    chapters = {"two": "# Two\n", "one": notebook(markdown("# One"))}
    folder = write_book(tmp_path / "book", chapters, errata=(), terms=(), config=config)
    done = build(folder, *STRICT)
    assert done.returncode == 0, done.output
    html = page(folder, "one")
    binder = "https://mybinder.org/v2/gh/someone/some-book/trunk?urlpath=lab/tree/chapters/one.ipynb"
    colab = "https://colab.research.google.com/github/someone/some-book/blob/trunk/chapters/one.ipynb"
    assert f'href="{binder}"' in html
    assert f'href="{colab}"' in html
    assert "mybinder" not in page(folder, "two")
