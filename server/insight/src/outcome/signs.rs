//! What may be known of a visit that is under way, and of the days before it.
//!
//! Much of it is unknown of many: the customer's sharing level hides it, the shop's radio tells no zones, the account is
//! new. So nearly every field is an `Option`, and `None` is never taken for 0: that there is no order ready speaks against
//! a pick-up, that nobody knows speaks neither way.

/// What is known, as numbers. [`VisitSigns::default`] is a visit that began now, of which nothing is known.
///
/// A number that is not finite counts as unknown, and one below 0 as 0.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct VisitSigns {
    /// Minutes since the visit began.
    pub minutes_here: f64,
    /// How many zones they were in, each counted once; none where the shop tells no zones.
    pub zones: Option<u32>,
    /// Minutes of the longest stay in one zone, the present one included.
    pub longest_stay: Option<f64>,
    /// How often they came back to a zone in which they had been.
    pub zone_returns: Option<u32>,
    /// How often they left the shop and came in again during this visit.
    pub re_entries: Option<u32>,
    /// Minutes since they last changed from zone to zone.
    pub minutes_in_zone: Option<f64>,
    /// Whether they are in a fitting room; none where the shop has no such zone.
    pub in_fitting_room: Option<bool>,
    /// Whether they asked for help with their phone, and have not got it yet as far as is known.
    pub help: Option<HelpWish>,
    /// Whether an associate has spoken with them during this visit.
    pub greeted: Option<bool>,
    /// Orders that lie ready for them in this shop.
    pub orders_ready: Option<u32>,
    /// Returns and repairs that they announced, and that have not come in.
    pub returns_announced: Option<u32>,
    /// Products of their wish list that this shop has, in their size where that is known.
    pub wished_here: Option<u32>,
    /// Of these, how many became cheaper or came back into stock since their last visit.
    pub wished_moved: Option<u32>,
    /// Products of the cart of the web shop that this shop has.
    pub cart_here: Option<u32>,
    /// Products that they looked at online during the visit.
    pub looks_here: Option<u32>,
    /// Different products of one category that they looked at in the last day: of the category with most of them.
    pub compared: Option<u32>,
    /// Online sessions since the last visit, or in the last 30 days where that was longer ago.
    pub sessions: Option<u32>,
    /// Products that they looked at in these sessions.
    pub looks: Option<u32>,
    /// Days since the last visit; none as well of who is here for the first time.
    pub days_since_visit: Option<f64>,
    /// Visits before this one.
    pub visits_before: Option<u32>,
    /// The probability of the usual item that is likeliest bought now ([`crate::next_visit::Due`]); 0 of who has no usual items.
    pub likeliest_usual: Option<f64>,
    /// How many usual items have a probability of [`super::DUE`] or more.
    pub usual_due: Option<u32>,
    /// The hour by the shop's clock, with its fraction: 0 to below 24.
    pub hour: Option<f64>,
    /// The day of the week: 1 is Monday, and 7 Sunday.
    pub weekday: Option<u8>,
}

/// What is known of a wish for help.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum HelpWish {
    /// They would be heard if they asked, and did not.
    NotAsked,
    /// They asked.
    Asked {
        /// So many minutes ago.
        minutes_ago: f64,
    },
}

/// What speaks for or against an outcome, in words that a person understands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Sign {
    /// How long they have been here.
    TimeHere,
    /// In how many zones they were.
    Zones,
    /// How long they stayed at most in one zone.
    LongestStay,
    /// That they came back to a zone.
    ZoneReturns,
    /// That they left and came in again.
    ReEntries,
    /// How long they have been where they are.
    Pause,
    /// That they are in a fitting room.
    FittingRoom,
    /// That they asked for help.
    Help,
    /// That an associate has spoken with them.
    Greeted,
    /// That an order lies ready.
    OrderReady,
    /// That they announced a return or a repair.
    ReturnAnnounced,
    /// What of their wish list or cart is here.
    Wished,
    /// That something of it became cheaper, or is back.
    WishedMoved,
    /// That some of it lies in their cart.
    Cart,
    /// What they look at online while they are here.
    LooksHere,
    /// That they lately looked at several products of one kind.
    Compared,
    /// What they did online since they were last here.
    Online,
    /// How long they were away.
    Absence,
    /// How often they were here before.
    Familiar,
    /// What they usually buy, and that it is time again.
    UsualDue,
    /// The hour of the day.
    Hour,
    /// The day of the week.
    Weekday,
}

impl Sign {
    /// All.
    pub const ALL: [Self; 22] = [
        Self::TimeHere,
        Self::Zones,
        Self::LongestStay,
        Self::ZoneReturns,
        Self::ReEntries,
        Self::Pause,
        Self::FittingRoom,
        Self::Help,
        Self::Greeted,
        Self::OrderReady,
        Self::ReturnAnnounced,
        Self::Wished,
        Self::WishedMoved,
        Self::Cart,
        Self::LooksHere,
        Self::Compared,
        Self::Online,
        Self::Absence,
        Self::Familiar,
        Self::UsualDue,
        Self::Hour,
        Self::Weekday,
    ];

    /// Its name in logs.
    pub const fn name(self) -> &'static str {
        match self {
            Self::TimeHere => "time_here",
            Self::Zones => "zones",
            Self::LongestStay => "longest_stay",
            Self::ZoneReturns => "zone_returns",
            Self::ReEntries => "re_entries",
            Self::Pause => "pause",
            Self::FittingRoom => "fitting_room",
            Self::Help => "help",
            Self::Greeted => "greeted",
            Self::OrderReady => "order_ready",
            Self::ReturnAnnounced => "return_announced",
            Self::Wished => "wished",
            Self::WishedMoved => "wished_moved",
            Self::Cart => "cart",
            Self::LooksHere => "looks_here",
            Self::Compared => "compared",
            Self::Online => "online",
            Self::Absence => "absence",
            Self::Familiar => "familiar",
            Self::UsualDue => "usual_due",
            Self::Hour => "hour",
            Self::Weekday => "weekday",
        }
    }
}

impl VisitSigns {
    /// Whether anything is known of a sign: what is unknown may still be among the grounds, since it differs from the average.
    pub fn knows(&self, sign: Sign) -> bool {
        match sign {
            Sign::TimeHere => true,
            Sign::Zones => self.zones.is_some(),
            Sign::LongestStay => self.longest_stay.is_some(),
            Sign::ZoneReturns => self.zone_returns.is_some(),
            Sign::ReEntries => self.re_entries.is_some(),
            Sign::Pause => self.minutes_in_zone.is_some(),
            Sign::FittingRoom => self.in_fitting_room.is_some(),
            Sign::Help => self.help.is_some(),
            Sign::Greeted => self.greeted.is_some(),
            Sign::OrderReady => self.orders_ready.is_some(),
            Sign::ReturnAnnounced => self.returns_announced.is_some(),
            Sign::Wished => self.wished_here.is_some() || self.cart_here.is_some(),
            Sign::WishedMoved => self.wished_moved.is_some(),
            Sign::Cart => self.cart_here.is_some(),
            Sign::LooksHere => self.looks_here.is_some(),
            Sign::Compared => self.compared.is_some(),
            Sign::Online => self.sessions.is_some() || self.looks.is_some(),
            Sign::Absence => self.days_since_visit.is_some(),
            Sign::Familiar => self.visits_before.is_some(),
            Sign::UsualDue => self.likeliest_usual.is_some(),
            Sign::Hour => self.hour.is_some(),
            Sign::Weekday => self.weekday.is_some(),
        }
    }
}
