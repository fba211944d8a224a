//! Choosing what to show, and learning from what became of it: a linear bandit whose candidates share one set of weights.
//!
//! Each candidate is a vector of features; what it is worth is expected to be `features · theta`. With `A` the sum of `x xᵀ`
//! over what was shown and `b` that of `x · reward`, each with what is believed beforehand in it, `theta = A⁻¹ b`, and
//! `A⁻¹` says how little is known in which direction.
//!
//! | rule ([`Exploration`]) | scores | source |
//! |---|---|---|
//! | greedy | `x · theta` | ridge regression |
//! | optimism | `x · theta + width · sqrt(xᵀ A⁻¹ x)` | LinUCB: Li, Chu, Langford and Schapire, *A contextual-bandit approach to personalized news article recommendation*, WWW 2010 (one `A` for all arms) |
//! | sampling | `x · theta'` with one `theta'` drawn for the whole card from `N(theta, width² A⁻¹)` | LinTS: Agrawal and Goyal, *Thompson sampling for contextual bandits with linear payoffs*, ICML 2013 |
//!
//! # One card
//!
//! 1. [`Slate::draw`] scores the candidates, lets the caller's rule choose (the best three, or two and something new), and
//!    draws again and again to tell how likely each of the chosen was: its [`Propensity`].
//! 2. For each that is shown a [`Showing`] is stored, with features and propensity: what `evaluation::off_policy` needs.
//! 3. [`LinearModel::explain`] says which features made the score.
//!
//! # What became of it
//!
//! [`Rewards`] makes a number of what is known so far: the associate's tap at once, a purchase later.
//! [`LinearModel::credit`] learns it, and a later, better number takes the place of an earlier one. So learning need not
//! wait for the tills, and a tap counts no more than it should once they have spoken.
//!
//! Until then the [`Prior`] speaks: without one, a shop whose feedback takes a month shows a month of nonsense
//! (`docs/learning.md` has the figures).
//!
//! # What it may not do
//!
//! It orders what the charter has let through, and knows nothing of it. Features are numbers about candidates and the
//! situation; none may stand for what a customer has not shared.
//!
//! To add a feature: a name at the end of the list that the server keeps, and a number for each candidate, about as large as
//! the others (1 or so). A stored model of the older list no longer fits it, and says so ([`LinearModel::fits`]); fit the
//! prior anew.

mod acceptance;
mod experience;
mod factor;
mod model;
mod showing;
mod slate;
mod state;

pub use acceptance::{Acceptance, Habit, InvalidHabit};
pub use experience::{Experience, InvalidExperience, Prior};
pub use model::{Contribution, LinearModel, Weights};
pub use showing::{InvalidRewards, Known, Reaction, Rewards, Showing, Worth};
pub use slate::{Exploration, Propensity, Shown, Slate, best};
pub use state::InvalidModel;
