//! What headquarters would like guests to know: one more candidate, under the same rules.

use std::sync::Arc;

use super::{
    Fact, Rule, Starter,
    fit::{in_stock_here, piece_that_fits},
};
use crate::{
    campaign::{Campaign, For},
    consent::Field,
    id::ProductId,
    profile::{Address, Item},
    situation::Situation,
    time::Timestamp,
    words::{Phrase, words_of},
};

/// Weaker than half a look at a product just now, an interest is over.
const STRONG_ENOUGH: f64 = 0.5;

/// Proposes each campaign that runs in this shop: one with a product where that is here in a size that fits and the customer
/// does not own it; one of a category to who cares for it, as far as that is shared; the others to everybody who shares
/// something. In the file's order.
#[derive(Debug, Clone, Copy)]
pub struct Campaigns;

impl Rule for Campaigns {
    fn propose(&self, situation: &Situation) -> Vec<Starter> {
        // Who shares only to be here is left to the associate's own words.
        if !situation.shares.iter().any(|field| field.needs_confirmation()) {
            return Vec::new();
        }
        // A charter that addresses all as friends has no such campaign: it is refused where it is read.
        let is_friend = situation.known.address() == Some(Address::Informal);
        let for_them = |campaign: &&Arc<Campaign>| !(is_friend && campaign.is_for_strangers);
        let running = situation.brand.iter().filter(|campaign| campaign.runs(situation)).filter(for_them);
        running.filter_map(|campaign| starter(campaign, situation)).collect()
    }
}

fn starter(campaign: &Campaign, situation: &Situation) -> Option<Starter> {
    let mut facts = vec![Fact::Announced {
        campaign: campaign.id.clone(),
        until: campaign.until.about(),
        at: campaign.from.about(),
    }];
    match &campaign.of {
        For::Everybody => {}
        For::Product(product) => facts.extend(of_product(campaign, product, situation)?),
        For::Category { name, phrase } => facts.push(cares_for(name, phrase, situation)?),
    }
    Some(Starter {
        kind: campaign.kind,
        product: campaign.product().cloned(),
        thing: Some(campaign.id.clone()),
        facts,
    })
}

/// That it is here, and what it costs everybody where a text speaks of that.
fn of_product(campaign: &Campaign, product: &ProductId, situation: &Situation) -> Option<Vec<Fact>> {
    if situation.bought_since(product, Timestamp::EPOCH) {
        return None;
    }
    let piece = piece_that_fits(product, None, situation)?;
    let mut facts = vec![in_stock_here(product, &piece)];
    if campaign.tells_price() {
        let known = &situation.shelves.get(product)?.product;
        let price = known.price_at(piece.size.as_deref(), situation.now)?;
        let (product, size) = (product.clone(), piece.size.clone());
        facts.push(Fact::CostsNow { product, size, price, at: situation.now });
    }
    Some(facts)
}

/// The plainest sign of it: a wish, else a purchase, else an interest that is not over. A page's word is no sign: it could be
/// anybody's; nor is what was wished for since the guest came in, which would tell that somebody watches.
fn cares_for(name: &str, phrase: &Phrase, situation: &Situation) -> Option<Fact> {
    let known = &situation.known;
    let is_of = |category: &str| phrase.is_in(&words_of(category));
    let of_product =
        |id: &ProductId| situation.shelves.get(id).is_some_and(|shelf| is_of(&shelf.product.category));
    let wished = |item: &&Item| {
        item.source.is_vouched() && !situation.is_of_this_visit(item.at) && of_product(&item.product)
    };
    let wish = known
        .wish_list
        .iter()
        .filter(wished)
        .map(|item| (Field::WishList, item.at, item.source))
        .max_by_key(|(_, at, _)| *at);
    let bought = || {
        let believed = known.bought.iter().filter(|bought| bought.source.is_vouched());
        let owned = believed.filter(|bought| of_product(&bought.product));
        owned.max_by_key(|bought| bought.last).map(|bought| (Field::Bought, bought.last, bought.source))
    };
    let interest = || {
        let believed = known.interests.iter().filter(|one| one.source.is_vouched());
        let strong = believed.filter(|one| one.strength(situation.now) >= STRONG_ENOUGH);
        let of_it = strong.filter(|one| is_of(&one.category)).max_by_key(|one| one.last);
        of_it.map(|one| (Field::Interests, one.last, one.source))
    };
    let (part, at, source) = wish.or_else(bought).or_else(interest)?;
    Some(Fact::CaresFor { category: name.to_owned(), part, at, source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        campaign::{Texts, When},
        catalogue::Price,
        consent::SharingLevel,
        example::{self, NOW, bought, days_ago, item, product},
        id::StoreId,
        money::Money,
        profile::{Bought, Customer, Interest, Preference, Profile, Source},
        situation::Around,
        time::Day,
    };

    fn texts(text: &str) -> Texts {
        Texts { english: text.to_owned(), french: text.to_owned(), french_informal: None }
    }

    fn day(day: u8) -> When {
        When::Day(Day { year: 2026, month: 11, day })
    }

    fn campaign(of: For) -> Campaign {
        Campaign { of, ..example::campaign() }
    }

    fn category(name: &str) -> For {
        For::Category { name: name.to_owned(), phrase: Phrase::read(name).unwrap() }
    }

    fn around(campaign: Campaign) -> Around {
        Around { brand: vec![Arc::new(campaign)], ..Around::of(example::shelves()) }
    }

    fn proposed_to(level: SharingLevel, profile: &Profile, around: Around) -> Vec<Starter> {
        let customer = Customer { consent: example::at_level(level), ..example::customer() };
        let situation = Situation::gather(NOW, &example::visit(), &customer, profile, around, true);
        Campaigns.propose(&situation)
    }

    fn proposed(profile: &Profile, campaign: Campaign) -> Vec<Starter> {
        proposed_to(SharingLevel::Browsing, profile, around(campaign))
    }

    #[test]
    fn who_is_addressed_as_a_friend_is_told_nothing_that_is_for_strangers() {
        let address = |word: &str| Preference {
            name: "address".into(),
            value: word.into(),
            at: days_ago(9),
            source: Source::Customer,
        };
        for (word, strangers_only, told) in
            [("informal", true, 0), ("formal", true, 1), ("informal", false, 1), ("", true, 1)]
        {
            let preferences = Some(address(word)).filter(|_| !word.is_empty()).into_iter().collect();
            let profile = Profile { preferences, ..Profile::default() };
            let one = Campaign { is_for_strangers: strangers_only, ..campaign(For::Everybody) };
            assert_eq!(proposed(&profile, one).len(), told, "{word}, {strangers_only}");
        }
    }

    #[test]
    fn a_campaign_for_everybody_is_for_who_shares_something() {
        for level in SharingLevel::ALL {
            let starters = proposed_to(level, &Profile::default(), around(campaign(For::Everybody)));
            assert_eq!(starters.len(), usize::from(level >= SharingLevel::Wishes), "{level:?}");
            assert!(starters.iter().all(|one| one.id() == "campaign/winter" && one.fields().is_empty()));
        }
    }

    #[test]
    fn it_runs_from_its_first_day_to_its_last_where_it_is_meant_to() {
        let none = Profile::default();
        let runs = |from, until| {
            let one = Campaign { from, until, ..campaign(For::Everybody) };
            !proposed(&none, one).is_empty()
        };
        assert!(runs(day(21), day(21)));
        assert!(!runs(day(22), day(30)) && !runs(day(1), day(20)));
        let tick = std::time::Duration::from_millis(1);
        assert!(runs(When::Moment(NOW), When::Moment(NOW + tick)));
        assert!(!runs(When::Moment(NOW + tick), day(30)) && !runs(day(1), When::Moment(NOW)));
        let of_stores = |store: &str| {
            let stores = [StoreId::new(store).unwrap()].into();
            proposed(&none, Campaign { stores, ..campaign(For::Everybody) }).len()
        };
        assert_eq!([of_stores("lyon"), of_stores("paris")], [1, 0]);
    }

    #[test]
    fn one_with_a_product_is_told_where_it_is_here_and_not_owned() {
        let of = |id: &str, profile: &Profile| proposed(profile, campaign(For::Product(product(id)))).len();
        let none = Profile::default();
        assert_eq!([of("boots", &none), of("hat", &none), of("unknown", &none)], [1, 0, 0]);
        let owner = Profile { bought: vec![bought("boots", &[400])], ..none };
        assert_eq!(of("boots", &owner), 0);
    }

    #[test]
    fn a_price_is_the_catalogues_or_nothing_is_said() {
        let priced = Campaign { say: texts("It is {price}."), ..campaign(For::Product(product("boots"))) };
        assert!(proposed(&Profile::default(), priced.clone()).is_empty(), "the catalogue tells none");
        let mut around = around(priced);
        let price = Money { minor: 9_900, currency: "EUR".parse().unwrap() };
        around.shelves.get_mut(&product("boots")).unwrap().product.price = Some(Price::of(price));
        let starters = proposed_to(SharingLevel::Wishes, &Profile::default(), around);
        let costs = Fact::CostsNow { product: product("boots"), size: None, price, at: NOW };
        assert_eq!(starters[0].facts[2], costs);
    }

    #[test]
    fn one_of_a_category_is_told_to_who_cares_for_it_as_far_as_that_is_shared() {
        let wishes = Profile { wish_list: vec![item("coat", None, days_ago(9))], ..Profile::default() };
        let owns = Profile { bought: vec![bought("coat", &[9])], ..Profile::default() };
        let interest =
            |sum| Interest { category: "Women / Coats".into(), sum, last: days_ago(1), source: Source::Web };
        let looks = |sum| Profile { interests: vec![interest(sum)], ..Profile::default() };
        let part = |level, profile: &Profile| {
            let starters = proposed_to(level, profile, around(campaign(category("coats"))));
            starters.first().and_then(|starter| starter.fields().into_iter().next())
        };
        let (lists, orders, looks_too) =
            (SharingLevel::Wishes, SharingLevel::Purchases, SharingLevel::Browsing);
        assert_eq!(part(lists, &wishes), Some(Field::WishList));
        assert_eq!([part(lists, &owns), part(orders, &owns)], [None, Some(Field::Bought)]);
        let much = 1 << 33;
        assert_eq!(
            [part(orders, &looks(much)), part(looks_too, &looks(much))],
            [None, Some(Field::Interests)]
        );
        assert_eq!(part(looks_too, &looks(1)), None, "an interest that is over");
        assert!(proposed(&wishes, campaign(category("shoes"))).is_empty());
    }

    #[test]
    fn neither_a_pages_word_nor_what_was_wished_just_now_makes_somebody_care() {
        let wish = |at, source| Item { source, ..item("coat", None, at) };
        let told = |wish| {
            let profile = Profile { wish_list: vec![wish], ..Profile::default() };
            proposed(&profile, campaign(category("coats"))).len()
        };
        assert_eq!([days_ago(1), example::visit().began].map(|at| told(wish(at, Source::Web))), [1, 0]);
        assert_eq!(told(wish(days_ago(9), Source::Page)), 0);
        let owned = Bought { source: Source::Page, ..bought("coat", &[9]) };
        let interest = Interest {
            category: "Women / Coats".into(),
            sum: 1 << 33,
            last: days_ago(1),
            source: Source::Page,
        };
        let of_pages = Profile { bought: vec![owned], interests: vec![interest], ..Profile::default() };
        assert!(proposed(&of_pages, campaign(category("coats"))).is_empty());
    }
}
