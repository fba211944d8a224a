//! What a table that is all there is says by its silence.

use super::*;
use crate::catalogue::Kept;

impl World {
    fn snapshots() -> Self {
        let mut world = Self::new();
        world.options.snapshot = true;
        world
    }
}

#[tokio::test]
async fn a_part_ends_nothing_and_a_snapshot_ends_what_it_does_not_name() {
    let world = World::snapshots();
    let all = "product_id,name\na,A\nb,B\nc,C\n";
    assert_eq!(world.text(all).await.unwrap().left_out, Some(Kept::Ended(0)));
    let rest = "product_id,name\na,A\nc,C\n";
    let part = World { options: Options { snapshot: false, ..world.options.clone() }, ..world };
    assert_eq!(part.text(rest).await.unwrap().left_out, None);
    assert!(part.products().await.iter().all(|product| product.ended.is_none()));
    let world = World { options: Options { snapshot: true, ..part.options.clone() }, ..part };
    assert_eq!(world.text(rest).await.unwrap().left_out, Some(Kept::Ended(1)));
    let ended: Vec<_> = world.products().await.into_iter().map(|product| product.ended).collect();
    assert_eq!(ended, [None, Some(NOW), None]);
    assert_eq!(world.text(rest).await.unwrap().left_out, Some(Kept::Ended(0)), "it ended before");
    world.text(all).await.unwrap();
    assert!(world.products().await.iter().all(|product| product.ended.is_none()), "it is sold again");
}

#[tokio::test]
async fn a_snapshot_of_stock_is_about_the_shops_that_it_names() {
    let world = World::snapshots();
    let all =
        "store_id,product_id,size,quantity\nlyon,robe,36,2\nlyon,robe,38,1\nlyon,savon,,9\nparis,robe,36,4\n";
    world.text(all).await.unwrap();
    let summary = world.text("store_id,product_id,size,quantity\nlyon,robe,38,1\n").await.unwrap();
    assert_eq!(summary.left_out, Some(Kept::Ended(2)));
    let quantities = |pieces: Option<Vec<Stock>>| -> Vec<u32> {
        pieces.unwrap().iter().map(|piece| piece.quantity).collect()
    };
    assert_eq!(quantities(world.stock("lyon", "robe").await), [0, 1]);
    assert_eq!(quantities(world.stock("lyon", "savon").await), [0]);
    assert_eq!(quantities(world.stock("paris", "robe").await), [4]);
}

#[tokio::test]
async fn nothing_ends_where_a_row_was_refused_or_most_would_go() {
    let world = World::snapshots();
    let row = |n: u32| format!("p{n},P\n");
    let all: String = (0..100).map(row).collect();
    world.text(format!("product_id,name\n{all}")).await.unwrap();
    let most: String = (0..60).map(row).collect();
    let summary = world.text(format!("product_id,name\n{most}p 61,P\n")).await.unwrap();
    assert_eq!((summary.left_out.clone(), summary.rejected()), (Some(Kept::RowsRefused), 1), "{summary}");
    let cut: String = (0..49).map(row).collect();
    let summary = world.text(format!("product_id,name\n{cut}")).await.unwrap();
    assert_eq!(summary.left_out, Some(Kept::TooMany { ending: 51, of: 100 }), "{summary}");
    assert!(world.products().await.iter().all(|product| product.ended.is_none()));
    assert_eq!(world.text(format!("product_id,name\n{most}")).await.unwrap().left_out, Some(Kept::Ended(40)));
}
