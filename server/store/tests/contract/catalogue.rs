//! The contract of products and stock.

use shopbell_domain::{
    catalogue::{
        Product, Sku, Stock, Variant,
        port::{Catalogue, Told},
    },
    id::{ProductId, StoreId},
    ports::{Change, Imports, Profiles},
};

use crate::world::{World, at, is_whole, lyon};

contract!(products_and_their_numbers, stock_size_by_size, pages_of_both, the_end_of_a_product);

fn id(number: usize) -> ProductId {
    ProductId::new(format!("p{number:03}")).unwrap()
}

fn sku(text: &str) -> Sku {
    Sku::new(text).unwrap()
}

fn product(number: usize, variants: &[(&str, Option<&str>)]) -> Product {
    let variant = |(number, size): &(&str, Option<&str>)| Variant {
        skus: vec![sku(number)],
        size: size.map(str::to_owned),
        price: None,
    };
    Product {
        variants: variants.iter().map(variant).collect(),
        ..Product::new(id(number), "Robe", "Dresses")
    }
}

async fn products_and_their_numbers(world: &mut impl World) {
    let store = world.open();
    let robe = product(1, &[("a-36", Some("36")), ("a-38", Some("38"))]);
    assert_eq!(
        store.tell(vec![Told::Product(robe.clone()), Told::Product(robe.clone())]).await.unwrap(),
        [true, false]
    );
    assert_eq!(store.variant(&sku("a-38")).await.unwrap(), Some((id(1), Some("38".to_owned()))));
    // A number that moves to another product is that one's; the first one then gives up what it no longer has.
    store.tell(vec![Told::Product(product(2, &[("a-38", None)]))]).await.unwrap();
    store.tell(vec![Told::Product(product(1, &[("a-36", Some("36"))]))]).await.unwrap();
    drop(store);

    let store = world.open();
    assert_eq!(store.variant(&sku("a-38")).await.unwrap(), Some((id(2), None)));
    assert_eq!(store.variant(&sku("a-36")).await.unwrap(), Some((id(1), Some("36".to_owned()))));
    store.tell(vec![Told::Product(product(1, &[]))]).await.unwrap();
    assert_eq!(store.variant(&sku("a-36")).await.unwrap(), None);
    // Lines of JSON come another way and keep the same numbers.
    store.apply(vec![Change::Product(product(3, &[("b", Some("S"))]))]).await.unwrap();
    assert_eq!(store.variant(&sku("b")).await.unwrap(), Some((id(3), Some("S".to_owned()))));
    is_whole(&store).await;
}

async fn stock_size_by_size(world: &mut impl World) {
    let store = world.open();
    let told = |size: &str, quantity, moment| Told::Stock {
        store: lyon(),
        product: id(1),
        pieces: vec![Stock::counted(Some(size.to_owned()), quantity, at(moment))],
    };
    let changes = vec![told("36", 2, 10), told("38", 1, 10), told("36", 2, 11), told("38", 9, 5)];
    assert_eq!(store.tell(changes).await.unwrap(), [true, true, false, false]);
    drop(store);

    let store = world.open();
    let quantities: Vec<u32> =
        store.stock(&lyon(), &id(1)).await.unwrap().unwrap().iter().map(|piece| piece.quantity).collect();
    assert_eq!(quantities, [2, 1]);
    // That nothing is there is known, too; where nothing was told, nothing is.
    let none = Told::Stock { store: lyon(), product: id(2), pieces: Vec::new() };
    assert_eq!(store.tell(vec![none]).await.unwrap(), [true]);
    assert_eq!(store.stock(&lyon(), &id(2)).await.unwrap(), Some(Vec::new()));
    assert_eq!(store.stock(&lyon(), &id(3)).await.unwrap(), None);
    is_whole(&store).await;
}

async fn pages_of_both(world: &mut impl World) {
    let store = world.open();
    let paris = StoreId::new("paris").unwrap();
    let mut changes = Vec::new();
    for number in 0..25 {
        changes.push(Told::Product(product(number, &[])));
        let pieces = vec![Stock::new(None, 1, at(1))];
        changes.push(Told::Stock { store: lyon(), product: id(number), pieces: pieces.clone() });
        changes.push(Told::Stock { store: paris.clone(), product: id(number), pieces });
    }
    store.tell(changes).await.unwrap();
    let (mut products, mut stock) = (Vec::new(), Vec::new());
    loop {
        let page = store.products(products.last(), 10).await.unwrap();
        if page.is_empty() {
            break;
        }
        products.extend(page.into_iter().map(|product| product.id));
    }
    loop {
        let page = store.stock_in(&lyon(), stock.last(), 10).await.unwrap();
        if page.is_empty() {
            break;
        }
        stock.extend(page.into_iter().map(|(product, _)| product));
    }
    let all: Vec<ProductId> = (0..25).map(id).collect();
    assert_eq!((&products, &stock), (&all, &all));
    assert_eq!(store.stock_in(&StoreId::new("nice").unwrap(), None, 10).await.unwrap(), []);
}

async fn the_end_of_a_product(world: &mut impl World) {
    let store = world.open();
    let end = |moment| Told::Ended { product: id(1), at: at(moment) };
    assert_eq!(store.tell(vec![end(5)]).await.unwrap(), [false], "it was never there");
    let sold = Product { revised: Some(at(10)), ..product(1, &[]) };
    let told = store.tell(vec![Told::Product(sold.clone()), end(5), end(12), end(13)]).await.unwrap();
    assert_eq!(told, [true, false, true, false], "an end from before the last change is none");
    assert_eq!(store.product(&id(1)).await.unwrap().unwrap().ended, Some(at(12)));
    // Told as sold by a file, it is sold again.
    assert_eq!(store.tell(vec![Told::Product(sold)]).await.unwrap(), [true]);
    assert_eq!(store.product(&id(1)).await.unwrap().unwrap().ended, None);
}
