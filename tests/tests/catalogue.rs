//! Tables of products and stock through real processes: imported, sent to a running server, and cut off on the way.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, also in its helpers, and says what it measured"
)]

use std::{
    fmt::Write as _,
    path::{Path, PathBuf},
};

use serde_json::Value;
use shopbell_domain::{
    catalogue::port::Catalogue as _,
    id::{ProductId, StoreId},
    ports::Profiles as _,
};
use shopbell_tests::world::{PATIENCE, World, token_of};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data/catalogue").join(name)
}

fn world() -> World {
    World::at("2026-11-22T12:00:00Z").shop("lyon", &[("lyon-1", "entrance")])
}

/// `PUT`s a table: status and answer.
async fn put(world: &World, query: &str, token: &str, body: &[u8]) -> (u16, Value) {
    let head = format!(
        "PUT /v1/catalogue{query} HTTP/1.1\r\nhost: server\r\nconnection: close\r\ncontent-length: {}\r\n\
         authorization: Bearer {token}\r\n\r\n",
        body.len()
    );
    let address = world.url().strip_prefix("http://").unwrap().to_owned();
    let mut socket = TcpStream::connect(address).await.unwrap();
    // The server may answer before it has read all.
    let _ = socket.write_all(&[head.as_bytes(), body].concat()).await;
    let mut answer = Vec::new();
    socket.read_to_end(&mut answer).await.unwrap();
    let answer = String::from_utf8(answer).unwrap();
    let status = answer.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(answer.split_once("\r\n\r\n").unwrap().1).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_server_takes_the_tables_that_an_import_takes() {
    let mut world = world();
    world.start_server().await;
    let operator = token_of("operator");
    let products = std::fs::read(fixture("polars-zstd.parquet")).unwrap();
    let (status, answer) = put(&world, "?snapshot=true", &operator, &products).await;
    assert_eq!((status, &answer["of"], &answer["new"]), (200, &"products".into(), &5.into()), "{answer}");
    let (_, again) = put(&world, "", &operator, &products).await;
    assert_eq!((&again["new"], &again["known"]), (&0.into(), &5.into()), "{again}");
    let stock = b"store_id,sku,quantity\nlyon,ALBA-38,2\nlyon,NOBODY-KNOWS,1\n";
    let (status, answer) = put(&world, "", &operator, stock).await;
    assert_eq!((status, &answer["new"], &answer["rejected"]), (200, &1.into(), &1.into()), "{answer}");
    assert_eq!(answer["rejected_rows"][0]["row"], 3);
    for (query, token, body, expected) in [
        ("", "nobody's", stock.as_slice(), (401, "unauthorized")),
        ("", &token_of("ines-lyon"), stock, (403, "forbidden")),
        ("?curency=EUR", &operator, stock, (400, "invalid_query")),
        ("", &operator, b"colour,shape\nred,round\n", (422, "unreadable_table")),
        ("", &operator, b"", (422, "unreadable_table")),
        ("", &operator, &products[..products.len() - 9], (422, "unreadable_table")),
    ] {
        let (status, answer) = put(&world, query, token, body).await;
        assert_eq!((status, answer["code"].as_str().unwrap()), expected, "{answer}");
    }
    world.end().await;
    let store = world.store();
    let alba = ProductId::new("robe-alba").unwrap();
    let pieces = store.stock(&StoreId::new("lyon").unwrap(), &alba).await.unwrap().unwrap();
    assert_eq!((pieces.len(), pieces[0].size.as_deref(), pieces[0].quantity), (1, Some("38"), 2));
    assert_eq!(store.products(None, 10).await.unwrap().len(), 3);
}

/// Two hundred thousand sizes of forty thousand products.
fn large() -> String {
    let mut text = "product_id,sku,size,name,category,price,currency\n".to_owned();
    for product in 0..40_000 {
        for size in [36, 38, 40, 42, 44] {
            writeln!(
                text,
                "p-{product},s-{product}-{size},{size},Product {product},Dresses,{}.90,EUR",
                product % 900
            )
            .unwrap();
        }
    }
    text
}

/// Waits until a directory has so many bytes: an import is well on its way.
async fn wait_for_bytes(directory: &Path, bytes: u64) {
    let deadline = tokio::time::Instant::now() + PATIENCE;
    let size = || -> u64 {
        let files = std::fs::read_dir(directory).into_iter().flatten().flatten();
        files.filter_map(|file| file.metadata().ok()).map(|file| file.len()).sum()
    };
    let before = size();
    while size() < before + bytes {
        assert!(tokio::time::Instant::now() < deadline, "the import writes nothing");
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_that_was_killed_is_run_again_and_writes_only_what_is_missing() {
    let world = world();
    let file = world.path("large.csv");
    std::fs::write(&file, large()).unwrap();
    let program = shopbell_tests::world::program("shopbell-server");
    let config = {
        // Any command writes the configuration.
        let (code, said) = world.command(&["import", fixture("pandas.csv").to_str().unwrap()]);
        assert_eq!(code, Some(0), "{said}");
        world.path("server.toml")
    };
    let mut child = std::process::Command::new(program)
        .args(["import", file.to_str().unwrap(), "--config"])
        .arg(config)
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let store = world.store_dir();
    wait_for_bytes(&store, 2_000_000).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let began = tokio::time::Instant::now();
    let (code, said) = world.command(&["import", file.to_str().unwrap()]);
    println!("the rest of 200,000 rows took {:?}", began.elapsed());
    assert_eq!(code, Some(0), "{said}");
    let (code, said) = world.command(&["import", file.to_str().unwrap()]);
    let row = said.lines().find(|line| line.starts_with("product")).unwrap();
    assert_eq!(
        row.split_whitespace().collect::<Vec<_>>(),
        ["product", "0", "200000", "0"],
        "{code:?} {said}"
    );
    let store = world.store();
    let audit = store.check(|_| ()).await.unwrap();
    assert_eq!(audit.problems, []);
}
