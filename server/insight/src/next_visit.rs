//! What somebody will buy at the visit that begins now, of what was bought at the visits before.
//!
//! A visit is a set of labels: numbers that stand for products, or for types or categories of them. What they stand for, and
//! how many of each were bought, is not known here. Each model gives a label a score; [`Popularity::best`] puts in order, and
//! goes on with what most people buy.
//!
//! | model | idea | source |
//! |---|---|---|
//! | [`Popularity`] | what is in most visits of everybody | |
//! | [`rhythm`] | what one buys oneself, lately more than long ago | |
//! | [`TifuKnn`] | the same, and what people with the like habits buy | Hu, He, Gao and Zhang, *Modeling personalized item frequency information for next-basket recommendation*, SIGIR 2020 |
//! | [`Ease`] | what goes with what one buys, of types and categories: for what is new to somebody | Steck, *Embarrassingly shallow autoencoders for sparse data*, WWW 2019 |
//! | [`ItemKnn`] | the same, of products | Sarwar, Karypis, Konstan and Riedl, *Item-based collaborative filtering recommendation algorithms*, WWW 2001 |
//! | [`Pairs`] | the same with how many people have both, for what is said aloud: never of a few | |
//! | [`Due`] | what it is time for again, by one's own gaps | Cox, *Regression models and life-tables*, JRSS B 1972 |
//! | [`Ranking`] | all of these but the neighbours' together: what is served | |
//!
//! To serve: [`Crowd::of`] what everybody did until now and [`Ranking::fit`] to the visits of lately, both again each night or
//! so; then [`Ranking::rank`] for whoever comes, which asks their own visits and the crowd, and nobody else. Where people are many, [`Counts`] takes one after
//! the other, and [`Pairs`] keep out what few of them did: so the server has it.
//!
//! To add a model: a file with its source and its tests, and its figures beside the others' in `tests/tests/next_visit/`; to add what the
//! ranking knows: `features.rs`.
//!
//! What they are worth on 2,342 households, and by which protocol: `docs/prediction.md`, held by `tests/tests/next_visit.rs`.
//!
//! ```
//! use shopbell_insight::next_visit::{Popularity, Visit, rhythm};
//!
//! let visits = [
//!     Visit { day: 0.0, labels: vec![1, 2] },
//!     Visit { day: 90.0, labels: vec![2, 3] },
//! ];
//! let popularity = Popularity::of(5, &visits);
//! // At day 180 what was bought 90 days ago counts half, and 180 days ago a quarter.
//! let scores = rhythm::decayed(&visits, 180.0, 90.0);
//! assert_eq!(scores.of(2), 0.75);
//! assert_eq!(popularity.best(&scores, 4), [2, 3, 1, 0]);
//! ```

mod crowd;
mod due;
mod ease;
mod features;
mod habit;
mod item_knn;
mod neighbours;
mod pairs;
mod popularity;
mod ranking;
pub mod rhythm;
mod scores;
mod tifu_knn;

pub use crowd::{Common, Counts, Crowd, GoesWith};
pub use due::Due;
pub use ease::Ease;
pub use features::Ground;
pub use habit::{Habit, History};
pub use item_knn::ItemKnn;
pub use neighbours::Neighbours;
pub use pairs::{Pair, Pairs, PairsOptions};
pub use popularity::Popularity;
pub use ranking::{Example, Likely, Ranked, Ranking};
pub use scores::Scores;
pub use tifu_knn::{TifuKnn, TifuOptions};

/// Stands for something that is bought. Small and dense: lists are as long as the largest.
pub type Label = u32;

/// What was bought at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Visit {
    /// When, in days from anywhere.
    pub day: f64,
    /// Each once.
    pub labels: Vec<Label>,
}
