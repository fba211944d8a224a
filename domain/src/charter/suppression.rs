//! Why something is not said.

/// Why a candidate is not shown. Most are rules of the charter; each is told in `docs/charter.md`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Suppression {
    /// It touches a forbidden subject.
    Subject(String),
    /// The charter shows no starters of its kind.
    Kind,
    /// The catalogue does not know its product.
    UnknownProduct,
    /// The product is no longer sold.
    NoLongerSold,
    /// The customer is known to be a minor.
    Minor,
    /// The shop keeps quiet at this time of the day.
    QuietTime,
    /// It would tell of what was bought as a gift.
    Gift,
    /// It speaks of a price that is not the catalogue's for everybody at this moment.
    Price,
    /// Enough was shown in this visit.
    VisitCap,
    /// Enough was shown to this customer in thirty days.
    MonthCap,
    /// It did not fit earlier in this visit.
    Declined,
    /// It did not fit in two visits.
    DeclinedTwice,
    /// It was wrong.
    Wrong,
    /// The customer is in the control group.
    Holdout,
    /// It is not the moment.
    NotYet,
    /// The guest was told in an earlier visit, and once is enough.
    ToldBefore,
    /// It is said only where there is nothing else to say.
    NotAlone,
    /// A better one speaks of the same product.
    SameProduct,
    /// A better one is said in the same words.
    SameWords,
    /// It is worth less than only to say hello.
    LessThanHello,
    /// There were better ones.
    NoRoom,
}

impl Suppression {
    /// Names of all rules, as metrics, the log and explanations have them: they never change.
    pub const NAMES: [&str; 21] = [
        "ForbiddenSubject",
        "Kind",
        "UnknownProduct",
        "NoLongerSold",
        "Minor",
        "QuietTime",
        "Gift",
        "Price",
        "VisitCap",
        "MonthCap",
        "Declined",
        "DeclinedTwice",
        "Wrong",
        "Holdout",
        "NotYet",
        "ToldBefore",
        "NotAlone",
        "SameProduct",
        "SameWords",
        "LessThanHello",
        "NoRoom",
    ];

    /// The rule's name, one of [`Suppression::NAMES`].
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Subject(_) => "ForbiddenSubject",
            Self::Kind => "Kind",
            Self::UnknownProduct => "UnknownProduct",
            Self::NoLongerSold => "NoLongerSold",
            Self::Minor => "Minor",
            Self::QuietTime => "QuietTime",
            Self::Gift => "Gift",
            Self::Price => "Price",
            Self::VisitCap => "VisitCap",
            Self::MonthCap => "MonthCap",
            Self::Declined => "Declined",
            Self::DeclinedTwice => "DeclinedTwice",
            Self::Wrong => "Wrong",
            Self::Holdout => "Holdout",
            Self::NotYet => "NotYet",
            Self::ToldBefore => "ToldBefore",
            Self::NotAlone => "NotAlone",
            Self::SameProduct => "SameProduct",
            Self::SameWords => "SameWords",
            Self::LessThanHello => "LessThanHello",
            Self::NoRoom => "NoRoom",
        }
    }
}
