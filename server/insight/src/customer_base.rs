//! Customer-base analysis: of people who may stop buying without saying so, how much is still to be expected.
//!
//! The models are "buy till you die": each customer buys at random times at a rate of their own, until at a moment that nobody
//! sees they stop for good. The rates and the moments differ between customers as the model's parameters say, and the
//! parameters are those under which what all customers did was likeliest.
//!
//! | model | stops | source |
//! |---|---|---|
//! | [`Variant::BgNbd`] | after any purchase but the first, with a chance of their own | Fader, Hardie and Lee, *"Counting your customers" the easy way*, Marketing Science 24(2), 2005 |
//! | [`Variant::MbgNbd`] | after any purchase, also the first | Batislam, Denizel and Filiztekin, *Empirical validation and comparison of models for customer base analysis*, Int. J. of Research in Marketing 24(3), 2007 |
//! | [`ParetoNbd`] | at any time, at a rate of their own | Schmittlein, Morrison and Colombo, *Counting your customers*, Management Science 33(1), 1987; Fader and Hardie, *A note on deriving the Pareto/NBD model*, 2005 |
//! | [`GammaGamma`] | (what a purchase is worth, given how often) | Fader and Hardie, *The Gamma-Gamma model of monetary value*, 2013 |
//!
//! # Units
//!
//! Times are in any one unit: that in which the [`History`]s are given that a model was fitted to. [`Ledger`] makes them in
//! weeks, the unit of the literature. Values are in any one currency and unit. `alpha` of all models and `beta` of the
//! Pareto/NBD are times, `v` of Gamma-Gamma is a value, all other parameters are pure numbers.
//!
//! # What the answers are for
//!
//! To order customers by what may be expected of them, take [`CustomerBase::expected_purchases`], or
//! [`lifetime_value`]. **Never [`CustomerBase::probability_alive`]**: to the BG/NBD everybody who has bought once
//! is alive for certain, so that it puts those who never came again before the best customers. On CDNOW it tells who
//! will buy again worse than a coin (area under the curve .32), and the expected purchases tell it well (.77). And who stands
//! in the shop is alive.
//!
//! None of these may close a door: they say how much somebody has bought so far, in other words.
//!
//! ```
//! use shopbell_insight::customer_base::{BetaGeometric, CustomerBase as _, History, Variant};
//!
//! // The parameters of the paper, in weeks.
//! let model = BetaGeometric::try_new(Variant::BgNbd, 0.243, 4.414, 0.793, 2.426)?;
//! // Two repeat purchases, the last 30.43 weeks after the first one ever, which was 38.86 weeks ago.
//! let customer = History::try_new(2, 30.43, 38.86)?;
//! let expected = model.expected_purchases(&customer, 39.0)?;
//! assert!((expected - 1.226).abs() < 5e-4);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod beta_geometric;
mod counting;
mod fit;
mod gamma_gamma;
mod history;
mod ledger;
mod pareto_nbd;
#[cfg(test)]
mod testing;
mod value;

pub use beta_geometric::{BetaGeometric, Variant};
pub use counting::{CustomerBase, NotPredicted};
pub use fit::{Fit, FitError, InvalidParameter};
pub use gamma_gamma::GammaGamma;
pub use history::{History, InvalidHistory, InvalidSpending, Spending};
pub use ledger::{DAYS_A_WEEK, Ledger, Summary};
pub use pareto_nbd::ParetoNbd;
pub use value::{Discount, InvalidDiscount, lifetime_value};
