"""Writes the tables of products and stock in this directory, each with the software of others.

    pip install pyarrow==26.0.1 polars==2.1.0 duckdb==2.0.0 fastparquet==2026.9.0 pandas==3.1.1
    python make.py

All of them tell the same three products and the same pieces, so that a test can hold every reader to one answer. They are
small and kept in the repository; run this again only to add a writer.
"""

import csv
import gzip
import io
import pathlib
from datetime import datetime, timezone
from decimal import Decimal

import duckdb
import fastparquet
import pandas
import polars
import pyarrow as pa
import pyarrow.parquet as pq

HERE = pathlib.Path(__file__).parent
SALE = (datetime(2026, 11, 20, tzinfo=timezone.utc), datetime(2026, 11, 28, tzinfo=timezone.utc))

# product, sku, size, name, category, brand, price, sale price
ROWS = [
    ("robe-alba", "ALBA-36", "36", "Robe Alba", "Dresses", "Maison É", "129.90", "99.90"),
    ("robe-alba", "ALBA-38", "38", "Robe Alba", "Dresses", "Maison É", "129.90", "99.90"),
    ("robe-alba", "ALBA-46", "46", "Robe Alba", "Dresses", "Maison É", "139.90", None),
    ("savon", "SAVON", None, "Savon «Lavande», 100 g", "Care", None, "0.29", None),
    ("bottes-nord", "NORD/40", "40", "=Bottes Nord", "Shoes", "Nord", "1299.00", None),
]
STOCK = [
    ("lyon", "ALBA-36", 1),
    ("lyon", "ALBA-38", 0),
    ("lyon", "SAVON", 120),
    ("paris", "NORD/40", 3),
]
COLUMNS = ["product_id", "sku", "size", "name", "category", "brand", "price", "sale_price"]


def table(price, when):
    """As Arrow: prices of a type, and times of the sale of a type."""
    of = list(zip(*ROWS))
    data = {name: pa.array(of[place], pa.string()) for place, name in enumerate(COLUMNS[:6])}
    for place, name in [(6, "price"), (7, "sale_price")]:
        data[name] = pa.array([None if text is None else Decimal(text) for text in of[place]], pa.decimal128(12, 2)).cast(price)
    for place, name in enumerate(["sale_from", "sale_until"]):
        data[name] = pa.array([SALE[place] if row[7] else None for row in ROWS], when)
    data["currency"] = pa.array(["EUR"] * len(ROWS)).dictionary_encode()
    data["colours"] = pa.array([["red", "blue"]] * len(ROWS))
    return pa.table(data)


def parquet():
    micros = pa.timestamp("us", "UTC")
    exact = table(pa.decimal128(12, 2), micros)
    pq.write_table(exact, HERE / "pyarrow-snappy.parquet", compression="snappy", row_group_size=2)
    pq.write_table(exact, HERE / "pyarrow-zstd-v2.parquet", compression="zstd", data_page_version="2.0", use_dictionary=False)
    pq.write_table(
        table(pa.float64(), pa.timestamp("ns", "UTC")),
        HERE / "pyarrow-gzip-int96.parquet",
        compression="gzip",
        use_deprecated_int96_timestamps=True,
    )
    pq.write_table(table(pa.decimal64(9, 2), pa.timestamp("ms", "UTC")), HERE / "pyarrow-spark.parquet", flavor="spark", store_decimal_as_integer=True)
    flat = exact.drop_columns(["colours"])
    polars.from_arrow(flat).write_parquet(HERE / "polars-zstd.parquet", compression="zstd")
    duckdb.sql("select * from flat").write_parquet(str(HERE / "duckdb-snappy.parquet"), compression="snappy")
    frame = table(pa.float64(), micros).drop_columns(["colours"]).to_pandas()
    frame["currency"] = frame["currency"].astype(str)
    fastparquet.write(str(HERE / "fastparquet-gzip.parquet"), frame, compression="GZIP", write_index=False)
    stock = pa.table({
        "store_id": [row[0] for row in STOCK],
        "sku": [row[1] for row in STOCK],
        "quantity": pa.array([row[2] for row in STOCK], pa.uint16()),
        "counted_at": pa.array([datetime(2026, 11, 22, 6, tzinfo=timezone.utc)] * len(STOCK), micros),
    })
    pq.write_table(stock, HERE / "stock.parquet")


def text():
    rows = [dict(zip(COLUMNS, row)) for row in ROWS]
    for row in rows:
        row["currency"] = "EUR"
        row["sale_from"], row["sale_until"] = [moment.isoformat() if row["sale_price"] else None for moment in SALE]
    frame = pandas.DataFrame(rows)
    frame.to_csv(HERE / "pandas.csv", index=False)
    # As a German Excel saves "CSV UTF-8", with the number kept as text.
    out = io.StringIO(newline="")
    names = {"name": "Product Name", "sku": "SKU"}
    writer = csv.writer(out, delimiter=";", lineterminator="\r\n")
    writer.writerow([names.get(column, column) for column in rows[0]])
    for row in rows:
        writer.writerow([f'="{row[column]}"' if column == "size" and row[column] else row[column] for column in row])
    (HERE / "excel.csv").write_bytes(out.getvalue().encode("utf-8-sig"))
    # Google Merchant's feed, packed.
    feed = io.StringIO(newline="")
    google = csv.writer(feed, delimiter="\t", lineterminator="\n")
    google.writerow(["id", "item_group_id", "title", "price", "sale_price", "sale_price_effective_date", "brand", "size", "product_type", "availability"])
    for row in rows:
        dates = "2026-11-20T01:00+0100/2026-11-28T00:00+00:00" if row["sale_price"] else None
        sale = f'{row["sale_price"]} EUR' if row["sale_price"] else None
        google.writerow([row["sku"], row["product_id"], row["name"], f'{row["price"]} EUR', sale, dates, row["brand"], row["size"], row["category"], "in_stock"])
    (HERE / "google.tsv.gz").write_bytes(gzip.compress(feed.getvalue().encode(), mtime=0))


parquet()
text()
