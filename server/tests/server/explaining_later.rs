//! A card of last Tuesday, explained today: by what was known, said and weighed then.

use std::{path::PathBuf, process::Command, time::Duration};

use shopbell_domain::{
    catalogue::{Price, Product, Stock},
    consent::SharingLevel,
    id::{CustomerId, ProductId},
    money::Money,
    ports::{Change, Imports as _},
    profile::{Item, Source},
    time::Timestamp,
};
use shopbell_proto::{
    admin::v1::{self as admin, starter_service_client::StarterServiceClient},
    floor::v1 as floor,
};
use shopbell_server::online::{Readings, make_views_anew};
use tonic::{Code, Status};

use crate::world::{Bearer, World, charter_file, lyon, token_of};

const DAY: Duration = Duration::from_secs(86_400);

fn id(text: &str) -> ProductId {
    ProductId::new(text).unwrap()
}

/// A product of the catalogue with its pieces here.
fn in_shop(world: &World, product: &str, name: &str, euros: i64, pieces: u32) -> Vec<Change> {
    let money = |euros: i64| Money { minor: euros * 100, currency: "EUR".parse().unwrap() };
    let price = Some(Price { regular: money(euros), sale: None });
    let stock = Stock::new(None, pieces, world.now() - DAY * 10);
    vec![
        Change::Product(Product { price, ..Product::new(id(product), name, "Clothes") }),
        Change::Stock { store: lyon(), product: id(product), pieces: vec![stock] },
    ]
}

fn wish(world: &World, customer: &CustomerId, product: &str) -> Change {
    let (at, product) = (world.now() - DAY * 11, id(product));
    let item = Item { product, name: None, size: None, quantity: 1, at, source: Source::Web };
    Change::Wish { customer: customer.clone(), item }
}

async fn apply(world: &World, changes: Vec<Change>) {
    world.store.apply(changes).await.unwrap();
    make_views_anew(&world.store, &world.store, &Readings::default(), |_| ()).await.unwrap();
}

fn campaigns(name: &str, evening: &str) -> String {
    let path = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(format!("{name}-{}.toml", std::process::id()));
    let text = format!(
        r#"
        [[campaign]]
        id = "evening"
        kind = "event"
        from = "2026-01-01"
        until = "2027-12-31"
        say = {{ en = "{evening}", fr = "{evening}" }}
        reason = {{ en = "{evening}", fr = "{evening}" }}
        "#
    );
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

fn asking(at: Option<Timestamp>) -> admin::ExplainCardRequest {
    admin::ExplainCardRequest {
        customer_id: "camille".to_owned(),
        store_id: "lyon".to_owned(),
        at_ms: at.map(Timestamp::as_millis),
        asked_by: "nadia".to_owned(),
        language: "fr".to_owned(),
    }
}

async fn explained(
    world: &World,
    request: admin::ExplainCardRequest,
) -> Result<admin::ExplainCardResponse, Status> {
    let mut client =
        StarterServiceClient::with_interceptor(world.channel().await, Bearer(token_of("operator")));
    client.explain_card(request).await.map(tonic::Response::into_inner)
}

/// What the command prints of the card of a moment.
async fn printed(world: &World, at: Timestamp) -> String {
    let (server, at) = (world.server.url(), at.as_secs());
    let asked = move || {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), token_of("operator")).unwrap();
        let at = time::OffsetDateTime::from_unix_timestamp(at).unwrap();
        let at = at.format(&time::format_description::well_known::Rfc3339).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_shopbell-server"));
        command.args(["explain", "--customer", "camille", "--store", "lyon", "--by", "nadia", "--at", &at]);
        command.args(["--server", &server, "--token-file"]).arg(file.path());
        command.output().unwrap()
    };
    let output = tokio::task::spawn_blocking(asked).await.unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

async fn greeted(world: &World, visit_id: &str) -> floor::Card {
    let greet = floor::SetGreetedRequest {
        visit_id: visit_id.to_owned(),
        greeted: true,
        language: "fr-FR".to_owned(),
    };
    world.floor("ines").await.set_greeted(greet).await.unwrap().into_inner().card.unwrap()
}

/// Somebody else, to whom nothing fits.
async fn teaches_otherwise(world: &mut World, other_visit: &str) {
    let (basile, phone) = world.customer("Basile", SharingLevel::Wishes).await;
    apply(world, vec![wish(world, &basile, "coat"), wish(world, &basile, "scarf")]).await;
    let (mut tablet, _) = world.tablet("ines").await;
    world.agent("lyon-door").await.entered(world, phone).await;
    let mut visit_id = tablet.row().await.visit_id;
    while visit_id == other_visit {
        visit_id = tablet.row().await.visit_id;
    }
    let card = greeted(world, &visit_id).await;
    assert!(!card.starters.is_empty());
    for starter in card.starters {
        let wrong = floor::SetFeedbackRequest {
            visit_id: visit_id.clone(),
            starter_id: starter.id,
            feedback: floor::StarterFeedback::Wrong.into(),
        };
        world.floor("ines").await.set_feedback(wrong).await.unwrap();
    }
}

#[tokio::test]
async fn a_card_of_the_log_is_explained_the_same_whatever_has_changed_since() {
    let file = campaigns("evening", "Soirée laine le 4 décembre.");
    let mut world = World::with(&[&format!("campaigns.file=\"{file}\"")]).await;
    let (camille, phone) = world.customer("Camille", SharingLevel::Wishes).await;
    let mut changes = in_shop(&world, "coat", "Manteau Loden", 120, 2);
    changes.extend(in_shop(&world, "scarf", "Écharpe", 30, 0));
    changes.extend(["coat", "scarf"].map(|product| wish(&world, &camille, product)));
    apply(&world, changes).await;
    let (mut tablet, _) = world.tablet("ines").await;
    world.agent("lyon-door").await.entered(&mut world, phone).await;
    let visit_id = tablet.row().await.visit_id;
    let card = greeted(&world, &visit_id).await;
    let shown = world.now();
    let live = explained(&world, asking(None)).await.unwrap();
    let logged = explained(&world, asking(Some(shown))).await.unwrap();
    assert_eq!(live, admin::ExplainCardResponse { shown: false, ..logged.clone() }, "of the same instant");

    let said = |one: &floor::Starter| (one.id.clone(), one.say.clone(), one.reason.clone());
    let told = logged.candidates.iter().filter(|one| one.slot > 0);
    let told: Vec<_> = told.map(|one| (one.id.clone(), one.say.clone(), one.reason.clone())).collect();
    assert_eq!(told, card.starters.iter().map(said).collect::<Vec<_>>(), "as the associate read it");
    assert!(told.iter().any(|(_, say, _)| say.contains("Manteau Loden")), "{told:?}");
    assert!(told.iter().any(|(_, say, _)| say.contains("Soirée laine")), "{told:?}");

    let before = printed(&world, shown).await;
    drop(tablet);
    world.pass(60);
    teaches_otherwise(&mut world, &visit_id).await;
    let mut changes = in_shop(&world, "coat", "Wool coat", 80, 0);
    changes.extend(in_shop(&world, "scarf", "Scarf", 10, 7));
    changes.push(wish(&world, &camille, "boots"));
    apply(&world, changes).await;
    let charter = charter_file(
        "informal",
        &[("address = \"formal\"", "address = \"informal\""), ("holdout_share = 0.05", "holdout_share = 0")],
    );
    let file = campaigns("other-evening", "Une autre soirée.");
    let mut settings = crate::world::config(&[&format!("campaigns.file=\"{file}\"")]);
    settings.charter.file = Some(charter);
    let world = world.restart_with(&settings).await;
    world.pass(600);
    let now = explained(&world, asking(None)).await.unwrap();
    assert_ne!((&now.charter, &now.model), (&logged.charter, &logged.model), "others rule and rank now");
    assert_ne!(now.candidates, logged.candidates, "what is said now is something else");
    assert_eq!(explained(&world, asking(Some(shown))).await.unwrap(), logged);
    assert_eq!(printed(&world, shown).await, before);
}

#[tokio::test]
async fn who_asks_says_who_they_are() {
    let world = World::new().await;
    let nameless = admin::ExplainCardRequest { asked_by: String::new(), ..asking(None) };
    let refused = explained(&world, nameless).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert!(refused.message().contains("asked_by"), "{}", refused.message());
}
