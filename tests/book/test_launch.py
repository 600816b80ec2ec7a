"""The buttons for Binder and Colab, for a book with an address."""

from __future__ import annotations

from books import page


def test_links_of_a_book_with_an_address(mended):
    folder, done = mended
    assert done.returncode == 0, done.output
    html = page(folder, "image")
    binder = "https://mybinder.org/v2/gh/someone/some-book/trunk?urlpath=lab/tree/chapters/image.ipynb"
    colab = "https://colab.research.google.com/github/someone/some-book/blob/trunk/chapters/image.ipynb"
    assert f'href="{binder}"' in html
    assert f'href="{colab}"' in html
    assert "mybinder" not in page(folder, "plain")
