"""How time and memory grow from 1,000 to 100,000 listeners, and where each method ends in 2 GB."""

from __future__ import annotations

from tqdm import tqdm

from musicbook.recommend import growth
from musicbook.recommend.footprint import BASE, BUDGET, GIB, METHODS, alone, limit, predict

SIZES = (1_000, 10_000, 100_000)
ITEMS, PLAYS = 10_000, 56


def run(sizes=SIZES) -> list[dict]:
    """Measure each method on each size that it can hold, print the table, and give its rows."""
    rows = []
    todo = [(method, n) for n in sizes for method in METHODS]
    for method, n in tqdm(todo, unit="trial", desc="growth", disable=None, leave=False):
        row = {"method": method, "listeners": n, "predicted": BASE + predict(method, n, ITEMS, PLAYS * n)}
        # What would not fit is not tried: the machine of a reader would begin to swap.
        if row["predicted"] <= BUDGET * 1.05:
            made = alone(growth.trial, method, n, ITEMS, PLAYS)
            row |= {"peak": made.peak, **made.result}
        rows.append(row)
    print(
        f"\n{ITEMS:,} tunes, some {PLAYS} plays a listener, made up; seconds of CPU to fit and to make everybody's list,"
    )
    print("peak memory in GiB; in brackets what was predicted and is more than 2")
    print(f"{'':20}" + "".join(f"{n:>24,}" for n in sizes) + f"{'fit into 2 GiB':>18}")
    for method in METHODS:
        cells = [_cell(row) for row in rows if row["method"] == method]
        print(f"{method:20}" + "".join(f"{cell:>24}" for cell in cells) + f"{limit(method, ITEMS, PLAYS):>18,}")
    return rows


def _cell(row) -> str:
    if "peak" not in row:
        return f"({row['predicted'] / GIB:.1f} GiB)"
    everybody = row["fit_s"] + row["ask_s"] * row["listeners"] / row["asked"]
    return f"{everybody:,.0f} s {row['peak'] / GIB:.2f} GiB"
