//! One trade, played: a server of its own with all that the situations bring, guests who come in, and an associate who
//! receives them one after the other.
//!
//! Visits of some days ago are played first, each day with the server started anew at its time.

use std::{collections::BTreeMap, fmt::Write as _};

use serde_json::{Value, json};
use shopbell_domain::{presence::PresenceKind, time::Timestamp};
use shopbell_proto::floor::v1::Card;
use shopbell_tests::{
    phone::Tokens,
    world::{App, CHARTER, Ear, Heard, Tablet, World, WorldClock},
};

use super::{
    backend::{Backend, level, message, write_key},
    charter,
    shops::{agent, configuration},
    situation::{Event, Situation, Step, Stop, Trade},
    span::{csv, dated, moment, rfc3339},
};

/// A Friday, eight minutes before three in Paris: in the middle of a quarter of an hour, so that a token of now is good for all of it.
const TODAY: &str = "2026-11-20T13:52:00Z";
const DAY: std::time::Duration = std::time::Duration::from_secs(86_400);

/// What came of a situation.
pub(crate) struct Seen {
    pub(crate) situation: Situation,
    /// The card as Inès had it, in French and in English; none where no tablet showed anybody.
    pub(crate) cards: Option<[Card; 2]>,
    /// All that is kept of the customer.
    pub(crate) export: Value,
    /// When the card was made, by the world's clock.
    pub(crate) at: Timestamp,
}

impl Seen {
    /// The card in the language of the situation.
    pub(crate) fn card(&self) -> Option<&Card> {
        let [french, english] = self.cards.as_ref()?;
        Some(if self.situation.language == "fr" { french } else { english })
    }
}

/// A trade, played.
pub(crate) struct Played {
    pub(crate) trade: Trade,
    pub(crate) seen: Vec<Seen>,
    /// Midday of the situations: what their times count from.
    pub(crate) today: Timestamp,
}

/// Plays all situations of a trade.
pub(crate) async fn play(trade: Trade) -> Played {
    let mut house = House::open(trade);
    let mut days: Vec<u32> = house
        .trade
        .situations
        .iter()
        .flat_map(|one| one.earlier.iter().map(|earlier| earlier.days))
        .collect();
    // The crowd consents the day before, and what it buys is learnt from overnight.
    days.extend(house.trade.crowds.first().map(|_| 1));
    days.sort_unstable();
    days.dedup();
    house.import_customers(days.last().copied().unwrap_or_default() + 1);
    for day in days.into_iter().rev() {
        house.begin(day).await;
        house.earlier(day).await;
        house.close();
    }
    house.begin(0).await;
    let seen = house.today().await;
    house.close();
    Played { seen, today: house.today, trade: house.trade }
}

/// The shops of a trade and their server.
pub(crate) struct House {
    pub(crate) trade: Trade,
    pub(crate) world: World,
    today: Timestamp,
    /// What of situations was told already: line or event, by customer and place.
    told: std::collections::BTreeSet<(String, &'static str, usize)>,
}

/// A day on which the shops are open.
struct Open {
    backend: Backend,
    app: App,
    ears: BTreeMap<(String, String), Ear>,
    tablets: BTreeMap<String, Tablet>,
}

impl House {
    fn open(trade: Trade) -> Self {
        let world = World::at(TODAY)
            .source("server", "backend", &write_key("server"))
            .source("page", "web", &write_key("page"))
            .source("till", "till", &write_key("till"))
            .server_setting("notes.enabled=true")
            .server_setting("consent.withheld=[]")
            .configured(&configuration(&trade));
        std::fs::write(world.path(CHARTER), charter::of(&trade)).unwrap();
        let campaigns = world.path("campaigns.toml");
        std::fs::write(&campaigns, toml::to_string(&trade.announcements).unwrap()).unwrap();
        let world = world.server_setting(&format!("campaigns.file={}", campaigns.display()));
        let today = world.clock.origin();
        Self { trade, world, today, told: std::collections::BTreeSet::new() }
    }

    /// The clock of a day, so many days ago.
    fn set_clock(&mut self, days_ago: u32) {
        self.world.clock = WorldClock::starting_at(&rfc3339(self.today - DAY * days_ago));
    }

    fn import(&self, name: &str, text: &str) {
        let file = self.world.path(name);
        std::fs::write(&file, text).unwrap();
        let (file, now) = (file.display().to_string(), rfc3339(self.world.clock.now()));
        let mut command = vec!["import".to_owned(), file, "--as-of".to_owned(), now];
        command.extend(self.world.clock.arguments());
        let command: Vec<&str> = command.iter().map(String::as_str).collect();
        let (code, said) = self.world.command(&command);
        assert_eq!(code, Some(0), "{name} of {} is imported: {said}", self.trade.name);
    }

    /// The retailer's file of customers, with the people who only once bought something.
    fn import_customers(&mut self, days_ago: u32) {
        self.set_clock(days_ago);
        let mut lines = String::new();
        for one in &self.trade.situations {
            let (id, name, level) = (one.customer(), &one.who, one.level);
            let line = json!({"type": "customer", "customer_id": id, "name": name, "level": level, "greet_by_name": true});
            let _ = writeln!(lines, "{line}");
        }
        for (group, crowd) in self.trade.crowds.iter().enumerate() {
            for (number, id) in crowd_ids(group, crowd.count).enumerate() {
                let line = json!({"type": "customer", "customer_id": id, "level": crowd.level});
                let _ = writeln!(lines, "{line}");
                for line in &crowd.lines {
                    let _ = writeln!(lines, "{}", self.line(&id, number, line));
                }
            }
        }
        self.import("customers.jsonl", &lines);
    }

    /// A line of an import; of a crowd each has orders of their own.
    fn line(&self, customer: &str, number: usize, line: &toml::Table) -> Value {
        let mut line = dated(line.clone().into(), self.today);
        line["customer_id"] = customer.into();
        if customer.starts_with("crowd-") && line["type"] == "order" {
            line["order_id"] = format!("{}-{number}", line["order_id"].as_str().unwrap()).into();
        }
        line
    }

    /// Brings in what was known by this day, and opens the shops.
    async fn begin(&mut self, days_ago: u32) {
        self.set_clock(days_ago);
        let now = self.world.clock.now();
        self.import("products.csv", &csv(&self.trade.catalogue.products, self.today, now));
        self.import("stock.csv", &csv(&self.trade.catalogue.stock, self.today, now));
        let mut lines = String::new();
        for one in &self.trade.situations {
            for (number, line) in one.lines.iter().enumerate() {
                let at =
                    line["at"].as_str().and_then(|at| moment(at, self.today)).expect("a time such as -3d");
                if at < now && self.told.insert((one.customer(), "line", number)) {
                    let _ = writeln!(lines, "{}", self.line(&one.customer(), number, line));
                }
            }
        }
        if !lines.is_empty() {
            self.import("lines.jsonl", &lines);
        }
        self.set_clock(days_ago);
        self.world.start_server().await;
    }

    fn close(&mut self) {
        let status = self.world.server.take().expect("the server runs").stop();
        assert!(status.success(), "the server ends in order");
    }

    async fn doors(&self) -> Open {
        let (mut ears, mut tablets) = (BTreeMap::new(), BTreeMap::new());
        for shop in &self.trade.shops {
            for zone in &shop.zones {
                let agent = agent(&shop.id, zone, &self.trade);
                let ear = Ear::open(&self.world.url(), &agent, self.world.clock).await;
                ears.insert((shop.id.clone(), zone.clone()), ear);
            }
            tablets.insert(shop.id.clone(), self.world.tablet(&shop.id));
        }
        let (backend, app) = (Backend::of(&self.world).await, self.world.app().await);
        Open { backend, app, ears, tablets }
    }

    /// The visits of a day before today.
    async fn earlier(&mut self, day: u32) {
        let mut open = self.doors().await;
        if day == 1 {
            self.consent_of_crowds(&open).await;
        }
        let guests: Vec<(Situation, Vec<Step>)> = self
            .trade
            .situations
            .iter()
            .filter_map(|one| {
                let that_day = one.earlier.iter().find(|earlier| earlier.days == day)?;
                Some((one.clone(), that_day.steps.clone()))
            })
            .collect();
        let mut came = Vec::new();
        for (one, _) in &guests {
            if !one.give.is_empty() {
                open.backend.give(&one.customer(), &one.give).await;
            }
            let stop = Stop { at: "-100s".to_owned(), zone: one.store(&self.trade).zones[0].clone() };
            came.push((one, vec![stop], open.app.phone(&one.customer()).await.unwrap()));
        }
        self.arrive(&mut open, &came).await;
        for (one, steps) in &guests {
            let visit = self.visit_of(&mut open, one).await;
            let cards = self.receive(one, &visit).await;
            for step in steps {
                self.serve(one, &visit, &cards[0], step).await;
            }
        }
    }

    async fn consent_of_crowds(&self, open: &Open) {
        let ids =
            self.trade.crowds.iter().enumerate().flat_map(|(group, crowd)| crowd_ids(group, crowd.count));
        for id in ids {
            open.backend.let_learn(&id).await;
        }
    }

    /// The guests of today.
    async fn today(&mut self) -> Vec<Seen> {
        let mut open = self.doors().await;
        let situations = self.trade.situations.clone();
        let mut phones = Vec::new();
        for one in &situations {
            phones.push(self.phone(&open, one).await);
        }
        if !self.trade.crowds.is_empty() {
            open.backend.learnt_pairs().await;
        }
        self.tell_events(&open, &situations).await;
        let now = self.world.clock.now();
        for one in &situations {
            if !one.give.is_empty() {
                open.backend.give(&one.customer(), &one.give).await;
            }
            for step in &one.before {
                open.backend.act(&one.customer(), step, now).await;
            }
        }
        let came: Vec<_> =
            situations.iter().zip(phones).map(|(one, phone)| (one, one.stops(&self.trade), phone)).collect();
        self.arrive(&mut open, &came).await;
        let mut in_order: Vec<&Situation> = situations.iter().collect();
        // Who has just come in has just come in for a few seconds only.
        in_order.sort_by_key(|one| !one.visit.iter().all(|stop| stop.at == "-5s") || one.visit.is_empty());
        let mut cards = BTreeMap::new();
        for one in in_order.iter().filter(|one| one.row) {
            let visit = self.visit_of(&mut open, one).await;
            let first = self.receive(one, &visit).await;
            for step in &one.meanwhile {
                self.serve(one, &visit, &first[0], step).await;
            }
            let card = if one.meanwhile.is_empty() { first } else { self.cards(one, &visit).await };
            cards.insert(one.customer(), (card, self.world.clock.now()));
        }
        self.look_back(&open, situations, cards).await
    }

    async fn look_back(
        &self,
        open: &Open,
        situations: Vec<Situation>,
        mut cards: BTreeMap<String, ([Card; 2], Timestamp)>,
    ) -> Vec<Seen> {
        let mut seen = Vec::new();
        for situation in situations {
            let export = open.backend.export(&situation.customer()).await;
            let floor = open.tablets[&situation.store(&self.trade).id].now();
            let is_shown = floor.rows.values().any(|row| row.display_name.as_deref() == Some(&situation.who));
            assert_eq!(is_shown, situation.row, "{}: a row on the tablet", situation.title);
            let (cards, at) = match cards.remove(&situation.customer()) {
                Some((cards, at)) => (Some(cards), at),
                None => (None, self.world.clock.now()),
            };
            seen.push(Seen { situation, cards, export, at });
        }
        seen
    }

    /// The phone of a guest. One of somebody invisible has tokens of an earlier time.
    async fn phone(&self, open: &Open, one: &Situation) -> Tokens {
        let id = one.customer();
        if one.level > 0 {
            return open.app.phone(&id).await.unwrap();
        }
        assert!(open.app.phone(&id).await.is_err(), "{}: no tokens for who is invisible", one.title);
        open.backend.share(&id, level(2)).await;
        let tokens = open.app.phone(&id).await.unwrap();
        open.backend.share(&id, level(0)).await;
        tokens
    }

    /// What web shop, pages and tills tell.
    async fn tell_events(&mut self, open: &Open, situations: &[Situation]) {
        let now = self.world.clock.now();
        let mut batches: BTreeMap<&str, Vec<Value>> = BTreeMap::new();
        for one in situations {
            for (number, event) in one.events.iter().enumerate() {
                let Event { by, .. } = event;
                batches.entry(by).or_default().push(message(&one.customer(), number, event, now));
            }
        }
        for (source, batch) in &batches {
            open.backend.post(source, batch).await;
        }
        let messages: usize = batches.values().map(Vec::len).sum();
        open.backend.applied(u32::try_from(messages).expect("a few")).await;
    }

    /// The agents tell of the guests, each at the time at which they came.
    async fn arrive(&self, open: &mut Open, came: &[(&Situation, Vec<Stop>, Tokens)]) {
        let now = self.world.clock.now();
        let mut heard: BTreeMap<(String, String), Vec<Heard>> = BTreeMap::new();
        for (one, stops, phone) in came {
            let token = phone.at(now).expect("a token for now");
            let store = one.store(&self.trade).id.clone();
            for (number, stop) in stops.iter().enumerate() {
                let at = moment(&stop.at, now).expect("a time such as -40s");
                let next = stops.get(number + 1).and_then(|next| moment(&next.at, now));
                let all = heard.entry((store.clone(), stop.zone.clone())).or_default();
                all.push(Heard { token, kind: PresenceKind::Entered, at });
                all.push(match next {
                    Some(left) => Heard { token, kind: PresenceKind::Left, at: left },
                    None => Heard { token, kind: PresenceKind::StillHere, at: now },
                });
            }
        }
        // Zone by zone as guests walk: the first of a shop first.
        for shop in &self.trade.shops {
            for zone in &shop.zones {
                let place = (shop.id.clone(), zone.clone());
                let mut told = heard.remove(&place).unwrap_or_default();
                told.sort_by_key(|one| one.at);
                open.ears.get_mut(&place).expect("an agent in each zone").tell(&told).await;
            }
        }
        assert!(heard.is_empty(), "{}: zones that no shop has: {:?}", self.trade.name, heard.keys());
    }

    async fn visit_of(&self, open: &mut Open, one: &Situation) -> String {
        let tablet = open.tablets.get_mut(&one.store(&self.trade).id).expect("a tablet in each shop");
        let is_them = |name: &Option<String>| name.as_deref() == Some(&one.who);
        let wanted = format!("{}: {} is on the tablet", one.title, one.who);
        let floor =
            tablet.until(&wanted, |floor| floor.rows.values().any(|row| is_them(&row.display_name))).await;
        let row = floor.rows.values().find(|row| is_them(&row.display_name));
        row.expect("the row is there").visit_id.clone()
    }
}

fn crowd_ids(group: usize, count: u32) -> impl Iterator<Item = String> {
    (0..count).map(move |number| format!("crowd-{group}-{number}"))
}
