//! What is no longer true goes off open cards: what was sold, and guests who left.

use shopbell_domain::consent::SharingLevel;
use shopbell_proto::floor::v1 as floor;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::world::{World, token_of};

/// Tells the stock of Lyon, as a stock system does; the answer's status.
async fn tell_stock(world: &World, rows: &str) -> String {
    let body = format!("product_id,size,quantity\n{rows}\n");
    let address = world.server.url().replace("http://", "");
    let mut socket = tokio::net::TcpStream::connect(&address).await.unwrap();
    let request = format!(
        "PUT /v1/catalogue?store=lyon HTTP/1.1\r\nhost: {address}\r\nauthorization: Bearer {}\r\n\
         content-type: text/csv\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}",
        token_of("operator"),
        body.len()
    );
    socket.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    socket.read_to_string(&mut answer).await.unwrap();
    answer.lines().next().unwrap_or_default().to_owned()
}

async fn card(world: &World, visit: &str) -> floor::Card {
    let request = floor::GetCardRequest { visit_id: visit.to_owned(), language: "en".to_owned() };
    world.floor("ines").await.get_card(request).await.unwrap().into_inner().card.unwrap()
}

async fn greet(world: &World, visit: &str) -> floor::Card {
    let request =
        floor::SetGreetedRequest { visit_id: visit.to_owned(), greeted: true, language: "en".to_owned() };
    world.floor("ines").await.set_greeted(request).await.unwrap().into_inner().card.unwrap()
}

fn kinds(card: &floor::Card) -> Vec<floor::StarterKind> {
    card.starters.iter().map(floor::Starter::kind).collect()
}

#[tokio::test]
async fn what_was_sold_meanwhile_goes_off_the_open_card() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Wishes).await;
    crate::floor::wish(&world, &id).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut door = world.agent("lyon-door").await;
    door.entered(&mut world, phone).await;
    let row = tablet.row().await;
    let open = greet(&world, &row.visit_id).await;
    assert!(kinds(&open).contains(&floor::StarterKind::WishArrived));
    let greeted = tablet.row().await;

    assert_eq!(tell_stock(&world, "boots,40,3").await, "HTTP/1.1 200 OK");
    assert_eq!(tell_stock(&world, "coat,38,0").await, "HTTP/1.1 200 OK");
    let sold = tablet.row().await;
    assert_eq!(sold.card_revision, greeted.card_revision + 1, "for the coat alone");
    assert!(!kinds(&card(&world, &row.visit_id).await).contains(&floor::StarterKind::WishArrived));

    assert_eq!(tell_stock(&world, "coat,38,1").await, "HTTP/1.1 200 OK");
    let back = tablet.row().await;
    assert_eq!(back.card_revision, sold.card_revision + 1);
    assert!(kinds(&card(&world, &row.visit_id).await).contains(&floor::StarterKind::WishArrived));
}

#[tokio::test]
async fn of_who_left_there_is_nothing_to_say_any_more() {
    let mut world = World::new().await;
    let (id, phone) = world.customer("Camille", SharingLevel::Wishes).await;
    crate::floor::wish(&world, &id).await;
    let (mut tablet, _) = world.tablet("ines").await;
    let mut door = world.agent("lyon-door").await;
    door.entered(&mut world, phone).await;
    let row = tablet.row().await;
    assert!(!greet(&world, &row.visit_id).await.starters.is_empty());
    let greeted = tablet.row().await;
    let token = world.shown_by(phone);
    let left = door.event(&world, token, shopbell_proto::edge::v1::PresenceKind::Left, 0);
    door.report(&world, vec![left]).await;
    let gone = tablet.row().await;
    assert_eq!(gone.state(), floor::GuestState::Left);
    assert!(gone.card_revision > greeted.card_revision, "an open card is fetched anew");
    assert_eq!(card(&world, &row.visit_id).await.starters, []);
}
