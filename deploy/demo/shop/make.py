#!/usr/bin/env python3
"""Writes the import files of the demo's invented fashion shop, always the same ones: deploy/demo/shop/make.py

Phones come from ../phones.json, which the recorder of the captures made. All dates lie before the demo's day,
Friday 20 November 2026. To change the shop: change the tables here, run this, and commit the files with it.

Only the standard library.
"""

import json
import pathlib
import random
from datetime import datetime, timedelta, timezone

HERE = pathlib.Path(__file__).parent
LYON, PARIS = "lyon-republique", "paris-marais"
WINTER = timezone(timedelta(hours=1))
TODAY = datetime(2026, 11, 20, 9, 0, tzinfo=WINTER)
CLOTHES = ["34", "36", "38", "40", "42", "44"]
TOPS = ["XS", "S", "M", "L", "XL"]
WOMEN_SHOES = ["36", "37", "38", "39", "40", "41"]
MEN_SHOES = ["40", "41", "42", "43", "44", "45"]

# category: (sizes, [(product, name)])
CATALOGUE = {
    "Women / Coats": (CLOTHES, [
        ("coat-solene", "Manteau Solène"), ("coat-brume", "Trench Brume"), ("coat-givre", "Doudoune Givre"),
        ("coat-opale", "Caban Opale"), ("coat-lisiere", "Parka Lisière")]),
    "Women / Dresses": (CLOTHES, [
        ("dress-alba", "Robe Alba"), ("dress-ondine", "Robe Ondine"), ("dress-mirage", "Robe chemise Mirage"),
        ("dress-celeste", "Robe longue Céleste"), ("dress-nuit", "Robe Nuit d’été"), ("dress-prelude", "Robe Prélude")]),
    "Women / Knitwear": (TOPS, [
        ("knit-flocon", "Pull Flocon, mérinos"), ("knit-ambre", "Cardigan Ambre"), ("knit-plume", "Col roulé Plume"),
        ("knit-sillage", "Gilet Sillage"), ("knit-lueur", "Pull Lueur, alpaga")]),
    "Women / Shirts": (CLOTHES, [
        ("shirt-iris", "Chemisier Iris, soie"), ("shirt-rive", "Blouse Rive"), ("shirt-aurore", "Blouse Aurore"),
        ("shirt-carnet", "Chemise Carnet")]),
    "Women / Trousers": (CLOTHES, [
        ("trousers-volute", "Pantalon Volute"), ("trousers-claire", "Jean Claire, taille haute"),
        ("trousers-ligne", "Pantalon Ligne, laine"), ("skirt-corolle", "Jupe Corolle"), ("skirt-trame", "Jupe Trame")]),
    "Women / Shoes": (WOMEN_SHOES, [
        ("shoes-pas", "Derbies Pas de côté"), ("shoes-ecume", "Bottines Écume"), ("shoes-ronde", "Ballerines Ronde"),
        ("shoes-alize", "Baskets Alizé"), ("shoes-cime", "Bottes Cime")]),
    "Men / Coats": (TOPS, [
        ("coat-amont", "Manteau Amont"), ("coat-large", "Caban Large"), ("coat-rafale", "Parka Rafale")]),
    "Men / Knitwear": (TOPS, [
        ("knit-port", "Pull marin Port"), ("knit-braise", "Col roulé Braise"), ("knit-sentier", "Cardigan Sentier")]),
    "Men / Shirts": (TOPS, [
        ("shirt-midi", "Chemise Midi, lin"), ("shirt-table", "Chemise Table ronde"), ("shirt-quai", "Chemise Quai, Oxford"),
        ("polo-manche", "Polo Manche")]),
    "Men / Trousers": (["38", "40", "42", "44", "46", "48"], [
        ("trousers-delta", "Chino Delta"), ("trousers-roc", "Jean Roc"), ("trousers-fusain", "Pantalon Fusain")]),
    "Men / Shoes": (MEN_SHOES, [
        ("shoes-pave", "Richelieus Pavé"), ("shoes-detour", "Baskets Détour"), ("shoes-halte", "Boots Halte")]),
    "Accessories / Scarves": (None, [
        ("scarf-horizon", "Écharpe Horizon"), ("scarf-carre", "Carré Jardin"), ("gloves-hiver", "Gants Hiver doux"),
        ("hat-maille", "Bonnet Maille")]),
    "Accessories / Bags": (None, [
        ("bag-escale", "Cabas Escale"), ("bag-lune", "Sac Demi-lune"), ("belt-trait", "Ceinture Trait"),
        ("wallet-poche", "Portefeuille Poche")]),
    "Everyday / Hosiery": (["1", "2", "3", "4"], [
        ("tights-voile", "Collants Voile 20"), ("tights-mat", "Collants Mat 60")]),
    "Everyday / Basics": (TOPS, [
        ("tee-simple", "T-shirt Simple, coton épais"), ("tank-simple", "Débardeur Simple")]),
    "Everyday / Care": (None, [
        ("care-verveine", "Crème mains Verveine"), ("care-laine", "Lessive Laine douce"),
        ("candle-figuier", "Bougie Figuier"), ("socks-fil", "Chaussettes Fil d’Écosse, trois paires")]),
}
# Whole euros of the first product of a category; each further one costs a tenth more, ending in 9.
PRICES = {"Coats": 289, "Dresses": 159, "Knitwear": 109, "Shirts": 89, "Trousers": 119, "Shoes": 129, "Scarves": 59,
          "Bags": 149, "Hosiery": 19, "Basics": 29, "Care": 19}
SIZES = {product: sizes for sizes, products in CATALOGUE.values() for product, _ in products}

# The six whose phones are in the captures: customer, name, level, greet by name.
GUESTS = [
    ("demo-camille", "Camille", 3, True),
    ("demo-aminata", "Aminata", 4, False),
    ("demo-jean-paul", "Jean-Paul", 5, True),
    ("demo-ines-b", "Inès B.", 2, False),
    ("demo-marc", "Marc", 1, False),
    ("demo-sofia", "Sofia", 0, False),
]
OTHERS = ["Adèle", "Bastien", "Chloé", "Driss", "Élodie", "Farid", "Gaëlle", "Hugo", "Imane", "Jules", "Karima", "Léo",
          "Manon", "Nabil", "Océane", "Pierre", "Quentin", "Rose", "Samir", "Théa", "Ulysse", "Valentine", "William",
          "Xavier", "Yasmine", "Zoé", "Anouk", "Blaise", "Clara", "Denis"]


def ago(days: float, hour: int = 18, minute: int = 0) -> str:
    day = (TODAY - timedelta(days=days)).replace(hour=hour, minute=minute)
    return day.isoformat()


def write(name: str, rows) -> None:
    with (HERE / name).open("w", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, ensure_ascii=False, separators=(",", ":")) + "\n")


def customers():
    guests = [*GUESTS, *((f"demo-{number:03}", name, number % 6, number % 3 == 0)
                         for number, name in enumerate(OTHERS, start=101))]
    for customer, name, level, greet in guests:
        yield {"type": "customer", "customer_id": customer, "name": name, "level": level, "greet_by_name": greet}


def phones():
    for phone in json.loads((HERE.parent / "phones.json").read_text()):
        yield {"type": "phone", "phone_id": phone["phone_id"], "customer_id": phone["customer_id"]}


def products():
    for category, (_, names) in CATALOGUE.items():
        first = PRICES[category.split(" / ")[1]]
        for index, (product, name) in enumerate(names):
            price = round(first * (1 + index / 10) / 10) * 10 - 1
            yield {"type": "product", "product_id": product, "name": name, "category": category, "currency": "EUR",
                   "price": f"{price}.00"}


def stock(chance: random.Random):
    # What the stories of the six need, whatever chance says: (shop, product, size) -> (pieces, days ago, hour).
    told = {(LYON, "coat-solene", "38"): (2, 1, 8), (LYON, "knit-port", "L"): (3, 12, 8),
            (LYON, "tights-voile", "2"): (14, 6, 8), (LYON, "dress-celeste", "38"): (0, 1, 8),
            (LYON, "dress-ondine", "40"): (0, 5, 8), **{(LYON, "shoes-pave", size): (0, 20, 8) for size in MEN_SHOES}}
    for shop in (LYON, PARIS):
        for product, sizes in SIZES.items():
            for size in sizes or [None]:
                pieces, days, hour = told.get((shop, product, size)) or (
                    max(0, chance.randint(-2, 6)), chance.randint(2, 60), 8)
                line = {"type": "stock", "store_id": shop, "product_id": product}
                yield {**line, **({"size": size} if size else {}), "quantity": pieces, "since": ago(days, hour)}


def order(number: str, customer: str, days: float, channel: str, *lines):
    rows = [{"product_id": product, **({"size": size} if size else {}), "quantity": quantity}
            for product, size, quantity in lines]
    return {"type": "order", "order_id": number, "customer_id": customer, "at": ago(days), "channel": channel,
            "lines": rows}


def orders(chance: random.Random):
    # Aminata buys tights about every 35 days, in the shop; 33 days have passed.
    for index, days in enumerate([209, 173, 139, 103, 68, 33]):
        extra = [("knit-plume", "M", 1)] if index == 2 else []
        yield order(f"demo-a{index + 1}", "demo-aminata", days, "store", ("tights-voile", "2", 2), *extra)
    yield order("demo-c1", "demo-camille", 48, "store", ("dress-alba", "38", 1), ("scarf-carre", None, 1))
    yield order("demo-j1", "demo-jean-paul", 190, "store", ("trousers-delta", "44", 1), ("shirt-quai", "L", 2))
    yield order("demo-j2", "demo-jean-paul", 75, "web", ("shoes-detour", "43", 1))
    yield order("demo-i1", "demo-ines-b", 21, "web", ("bag-escale", None, 1))
    yield order("demo-s1", "demo-sofia", 60, "store", ("coat-givre", "36", 1))
    for number in range(101, 101 + len(OTHERS)):
        for index in range(chance.randint(0, 6)):
            lines = [piece(chance, chance.randint(1, 2)) for _ in range(chance.randint(1, 3))]
            yield order(f"demo-{number}-{index + 1}", f"demo-{number}", chance.randint(3, 400),
                        chance.choice(["web", "store"]), *lines)


def piece(chance: random.Random, quantity: int):
    product = chance.choice(sorted(SIZES))
    return product, chance.choice(SIZES[product]) if SIZES[product] else None, quantity


def item(kind: str, customer: str, product: str, size, days: float, hour: int, minute: int = 0):
    return {"type": kind, "customer_id": customer, "product_id": product, **({"size": size} if size else {}),
            "at": ago(days, hour, minute)}


def online(chance: random.Random):
    # Camille's wish arrived yesterday in her size; the other one is not in the shop.
    yield item("wish", "demo-camille", "coat-solene", "38", 18, 21, 12)
    yield item("wish", "demo-camille", "dress-celeste", "38", 9, 22, 5)
    yield {"type": "size", "customer_id": "demo-camille", "of": "dresses", "size": "38", "at": ago(48)}
    yield {"type": "size", "customer_id": "demo-camille", "of": "shoes", "size": "39", "at": ago(48)}
    # Jean-Paul left a cart last night after looking round.
    yield item("view", "demo-jean-paul", "knit-port", "L", 1, 21, 31)
    yield item("view", "demo-jean-paul", "shoes-pave", "43", 1, 21, 38)
    yield item("view", "demo-jean-paul", "coat-large", "L", 1, 21, 40)
    yield {"type": "cart", "customer_id": "demo-jean-paul", "at": ago(1, 21, 44), "items": [
        {"product_id": "knit-port", "size": "L", "quantity": 1, "at": ago(1, 21, 33)},
        {"product_id": "shoes-pave", "size": "43", "quantity": 1, "at": ago(1, 21, 44)}]}
    yield item("wish", "demo-aminata", "dress-ondine", "40", 30, 19, 0)
    yield item("wish", "demo-sofia", "knit-lueur", "S", 12, 20, 15)
    for number in range(101, 101 + len(OTHERS)):
        customer = f"demo-{number}"
        for kind in chance.choices(["wish", "view", "view"], k=chance.randint(0, 5)):
            product, size, _ = piece(chance, 1)
            yield item(kind, customer, product, size, chance.randint(1, 90), chance.randint(8, 22))
        if number % 5 == 0:
            product, size, quantity = piece(chance, 1)
            row = {"product_id": product, **({"size": size} if size else {}), "quantity": quantity}
            yield {"type": "cart", "customer_id": customer, "at": ago(chance.randint(1, 40), 20), "items": [row]}


def main() -> None:
    chance = random.Random(20261120)
    # Numbered, since customers come before what they did.
    write("1-customers.jsonl", customers())
    write("2-phones.jsonl", phones())
    write("3-products.jsonl", products())
    write("4-stock.jsonl", stock(chance))
    write("5-orders.jsonl", orders(chance))
    write("6-online.jsonl", online(chance))


if __name__ == "__main__":
    main()
