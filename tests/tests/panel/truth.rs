//! Whether all that a card states is so.
//!
//! Every fact under a starter is read as a sentence, in English, and asked of what is known ([`Known`]); a sentence that nobody
//! here can read fails, too. Then every number, date and product's name in what is said, in the reason and in the French
//! texts must be one of a fact that was found true. Nothing of the program's rules is used.

use shopbell_domain::time::Timestamp;
use shopbell_proto::floor::v1::{Starter, StarterFact};

use super::{
    days::{Dates, without_dates},
    house::{Played, Seen},
    known::Known,
    verdict::is_said,
};

/// What would tell a guest that somebody watched, or what they own, want or told: never said aloud.
const TRACKING: [&str; 46] = [
    "we saw",
    "we noticed",
    "we know",
    "i see that",
    "i saw",
    "noticed",
    "you looked",
    "you viewed",
    "looked at",
    "browsed",
    "browsing",
    "tracked",
    "tracking",
    "history",
    "your phone",
    "your profile",
    "your data",
    "your list",
    "wish list",
    "wishlist",
    "your cart",
    "basket",
    "you bought",
    "you ordered",
    "your purchases",
    "you usually",
    "last time",
    "online",
    "website",
    "vu que",
    "nous avons vu",
    "j ai vu",
    "remarque*",
    "consulte*",
    "vous avez regarde",
    "tu as regarde",
    "historique",
    "votre profil",
    "ton profil",
    "liste d envies",
    "panier",
    "vos achats",
    "tes achats",
    "d habitude",
    "en ligne",
    "telephone",
];

/// What is wrong with what a card states; nothing is fine.
pub(crate) fn faults(played: &Played, seen: &Seen) -> Vec<String> {
    let Some([french, english]) = &seen.cards else { return Vec::new() };
    let known = Known::of(played, seen);
    let mut faults = Vec::new();
    let ids = |starters: &[Starter]| starters.iter().map(|one| one.id.clone()).collect::<Vec<_>>();
    if ids(&french.starters) != ids(&english.starters) {
        faults.push("the card is another one in the other language".to_owned());
        return faults;
    }
    for (french, english) in french.starters.iter().zip(&english.starters) {
        if english.facts.is_empty() {
            faults.push(format!("{} rests on nothing", english.id));
        }
        for fact in &english.facts {
            if let Err(why) = resolve(&known, fact) {
                faults.push(format!("{:?} of {} is not so: {why}", fact.text, english.id));
            }
        }
        faults.extend(faults_of_texts(&known, french, english));
    }
    faults
}

/// Everything else that is written must come from the facts.
fn faults_of_texts(known: &Known<'_>, french: &Starter, english: &Starter) -> Vec<String> {
    let mut faults = Vec::new();
    let dates = Dates::of(known, &english.facts);
    let mut told: Vec<String> =
        english.facts.iter().flat_map(|fact| numbers(&bare(known, &fact.text, &dates))).collect();
    told.extend(english.facts.iter().flat_map(|fact| codes(known, &fact.text)));
    let facts: Vec<&str> = english.facts.iter().map(|fact| fact.text.as_str()).collect();
    let in_french = french.facts.iter().map(|fact| &fact.text);
    let texts = [&english.say, &english.reason, &french.say, &french.reason].into_iter().chain(in_french);
    for text in texts {
        for name in known.names().filter(|name| text.contains(name)) {
            if !facts.iter().any(|fact| fact.contains(name)) {
                faults.push(format!("{name:?} in {text:?} is in no fact"));
            }
        }
        for number in numbers(&bare(known, text, &dates)) {
            if !told.contains(&number) {
                faults.push(format!("{number} in {text:?} is in no fact"));
            }
        }
        if let Some(word) = dates.untold(text) {
            faults.push(format!("{word:?} in {text:?} is no day of a fact"));
        }
    }
    for say in [&english.say, &french.say] {
        for words in TRACKING.iter().filter(|words| is_said(words, say)) {
            faults.push(format!("{say:?} tells by {words:?} that something is followed"));
        }
        if say.trim().is_empty() || say.contains(['{', '}']) {
            faults.push(format!("{say:?} is no sentence"));
        }
    }
    faults
}

/// A text without names of products and without dates.
fn bare(known: &Known<'_>, text: &str, dates: &Dates) -> String {
    let mut text = text.to_owned();
    for name in known.names() {
        text = text.replace(name, " ");
    }
    without_dates(&text, dates)
}

/// The numbers in a text, as digits: `€1,299.00` and `1 299,00 €` are the same.
fn numbers(text: &str) -> Vec<String> {
    let mut numbers = Vec::new();
    let mut number = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        let next_is_digit = chars.peek().is_some_and(char::is_ascii_digit);
        match c {
            c if c.is_ascii_digit() => number.push(c),
            ',' | '.' | '\u{202f}' if !number.is_empty() && next_is_digit => {}
            _ if !number.is_empty() => numbers.push(std::mem::take(&mut number)),
            _ => {}
        }
    }
    numbers.extend(Some(number).filter(|number| !number.is_empty()));
    numbers
}

/// The digits in the number of something that waits, which a fact tells as a whole.
fn codes(known: &Known<'_>, fact: &str) -> Vec<String> {
    let ids = known.profile("services").iter().filter_map(|service| service["id"].as_str());
    ids.filter(|id| fact.contains(id)).flat_map(numbers).collect()
}

/// Reads a sentence of a moment, and says whether it is so; `None` where it reads no such sentence.
type Reader = fn(&Known<'_>, &str, Timestamp) -> Option<bool>;

/// Whether a fact is so.
fn resolve(known: &Known<'_>, fact: &StarterFact) -> Result<(), String> {
    let at = Timestamp::from_millis(fact.at_ms);
    if at > known.seen.at {
        return Err(format!("it is of the future: {at:?}"));
    }
    let text = fact.text.as_str();
    let readers: [Reader; 6] = [of_presence, of_lists, of_purchases, of_shelves, of_services, of_days];
    match readers.iter().find_map(|reader| reader(known, text, at)) {
        Some(true) => Ok(()),
        Some(false) => Err("nothing in the store says so".to_owned()),
        None => Err("nobody here can read it".to_owned()),
    }
}

/// `Robe Alba in 38` as the product and the size.
fn sized<'a>(known: &Known<'_>, text: &'a str) -> Option<(String, Option<&'a str>)> {
    if let Some(product) = known.product(text) {
        return Some((product.to_owned(), None));
    }
    let (name, size) = text.rsplit_once(" in ")?;
    Some((known.product(name)?.to_owned(), Some(size)))
}

fn of_presence(known: &Known<'_>, text: &str, at: Timestamp) -> Option<bool> {
    let visits = known.seen.export["visits"]["data"].as_array()?;
    let is_of_today = known.seen.at.since(at) < std::time::Duration::from_secs(1_800);
    match text {
        "Asked for help" => {
            let asked = &known.seen.export["customerRecord"]["data"]["help_since"];
            Some(is_of_today && *asked == at.as_millis())
        }
        "In the shop" => {
            let here = |visit: &&serde_json::Value| visit.to_string().contains(&at.as_millis().to_string());
            Some(is_of_today && visits.iter().any(|visit| here(&visit)))
        }
        _ => None,
    }
}

fn of_lists(known: &Known<'_>, text: &str, at: Timestamp) -> Option<bool> {
    if let Some(name) = text.strip_suffix(" was looked up during this visit") {
        let is_of_the_visit = known.seen.at.since(at) < std::time::Duration::from_secs(300);
        return Some(is_of_the_visit && known.item("viewed", known.product(name)?, at).is_some());
    }
    if let Some(what) = text.strip_suffix(" is on the wish list") {
        let (product, size) = sized(known, what)?;
        return Some(known.item("wish_list", &product, at).is_some_and(|item| item["size"].as_str() == size));
    }
    if let Some(name) = text.strip_suffix(" is in the cart of the web shop") {
        return Some(known.item("cart", known.product(name)?, at).is_some_and(|item| item["quantity"] == 1));
    }
    let (pieces, name) = text.strip_suffix(" are in the cart of the web shop")?.split_once(" × ")?;
    let item = known.item("cart", known.product(name)?, at)?;
    Some(item["quantity"].as_u64() == pieces.parse().ok())
}

fn of_purchases(known: &Known<'_>, text: &str, at: Timestamp) -> Option<bool> {
    if text == "The last order" {
        let orders = known.profile("orders").iter().filter_map(|order| order["at"].as_i64());
        return Some(orders.max() == Some(at.as_millis()));
    }
    if let Some(name) = text.strip_suffix(" was bought") {
        return Some(known.purchases(known.product(name)?).last() == Some(&at));
    }
    if let Some((people, both)) = text.split_once(" people bought both ") {
        let pairs =
            known.names().filter_map(|with| Some((with, both.strip_prefix(with)?.strip_prefix(" and ")?)));
        let mut pairs = pairs.filter_map(|(with, name)| Some((known.product(with)?, known.product(name)?)));
        let (with, product) = pairs.next()?;
        let people: u64 = people.parse().ok()?;
        return Some(people >= 20 && people <= known.bought_both(with, product));
    }
    let (name, habit) = text.split_once(": bought ")?;
    let (times, every) = habit.strip_suffix(" days")?.split_once(" times, about every ")?;
    let bought = known.purchases(known.product(name)?);
    let gaps = bought.windows(2).map(|two| two[1].since(two[0]).as_secs() / 86_400);
    let (least, most) = (gaps.clone().min()?, gaps.max()?);
    let every: u64 = every.parse().ok()?;
    let is_typical = least <= every && every <= most;
    Some(is_typical && times.parse() == Ok(bought.len()) && bought.last() == Some(&at))
}

fn of_shelves(known: &Known<'_>, text: &str, at: Timestamp) -> Option<bool> {
    if let Some((what, here)) = text.strip_suffix(" in this shop").and_then(|text| text.rsplit_once(": ")) {
        let (product, size) = sized(known, what)?;
        return Some(known.is_here(&product, size, here.parse().ok()?, at));
    }
    if let Some((what, price)) = text.split_once(" costs everybody ") {
        let (product, _) = sized(known, what)?;
        return Some(known.costs(&product, cents(price)?));
    }
    let (name, then) = text.split_once(" was €")?;
    let (price, list) = then.split_once(" when it was put ")?;
    let (list, prices) = match list {
        "into the cart" => ("cart", "cart_prices"),
        "on the wish list" => ("wish_list", "wish_prices"),
        _ => return None,
    };
    let product = known.product(name)?;
    let items = known.profile(list).iter().zip(known.profile(prices));
    let mut same = items.filter(|(item, _)| item["product"] == product && item["at"] == at.as_millis());
    Some(same.any(|(_, then)| then["minor"].as_i64() == cents(price)))
}

/// `€1,299.00` in cents.
fn cents(price: &str) -> Option<i64> {
    price.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok()
}

fn of_services(known: &Known<'_>, text: &str, at: Timestamp) -> Option<bool> {
    if text.starts_with("Something was promised in a note; it ") {
        let open = |note: &&serde_json::Value| {
            let last = note["versions"].as_array().and_then(|versions| versions.last());
            last.is_some_and(|last| last["at"] == at.as_millis() && last["promise"]["kept"] == false)
        };
        return Some(known.profile("notes").iter().any(|note| open(&note)));
    }
    let (kind, rest) = text.split_once(' ')?;
    let kind = match kind {
        "Pick-up" => "pick_up",
        "Repair" => "repair",
        "Return" => "return",
        _ => return None,
    };
    let mut waiting = known.profile("services").iter().filter(|service| {
        let id = service["id"].as_str().unwrap_or_default();
        rest.strip_prefix(id).is_some_and(|rest| rest.starts_with(' ')) && service["at"] == at.as_millis()
    });
    let word = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_lowercase().replace('_', "");
    Some(waiting.any(|service| {
        word(&service["kind"]) == kind.replace('_', "")
            && word(&service["step"]) == "ready"
            && service["store"].as_str().is_none_or(|store| store == known.store)
            && service["until"].as_i64().is_none_or(|until| until >= known.seen.at.as_millis())
    }))
}

/// Days that were told, and what the brand tells everybody; what day it is, `Dates` looks at.
fn of_days(known: &Known<'_>, text: &str, at: Timestamp) -> Option<bool> {
    let told = |name: &str| known.preference(name).is_some_and(|told| told["at"] == at.as_millis());
    if text.starts_with("The birthday is ") {
        return Some(told("birthday"));
    }
    if text.starts_with("A day that matters is ") {
        return Some(told("date:"));
    }
    if text.starts_with("A wedding, or its anniversary, is ") {
        return Some(told("date:wedding"));
    }
    if let Some(rest) = text.strip_prefix("Told by the brand, until ") {
        let (_, id) = rest.rsplit_once(": ")?;
        let mut here = known.announcements().filter(|one| {
            one.get("stores").is_none_or(|stores| stores.to_string().contains(&format!("{:?}", known.store)))
        });
        return Some(here.any(|one| one["id"].as_str() == Some(id)));
    }
    let (category, list) = ["wish_list", "cart", "bought"].into_iter().find_map(|list| {
        let end = match list {
            "wish_list" => " is on the wish list",
            "cart" => " is in the cart of the web shop",
            _ => " was bought",
        };
        Some((text.strip_prefix("Something of ")?.strip_suffix(end)?, list))
    })?;
    let of_it = |product: &str| known.category(product) == Some(category);
    let moment = if list == "bought" { "last" } else { "at" };
    let items = known.profile(list).iter();
    Some(
        items
            .filter(|item| item[moment] == at.as_millis())
            .filter_map(|item| item["product"].as_str())
            .any(of_it),
    )
}
