//! The ranking that learns: a [`Ranker`](shopbell_domain::starter::Ranker) that weighs candidates by what became of earlier
//! ones.
//!
//! ```text
//!   log of showings --(start, nightly)--> Learner --swaps--> Learned --draw, one a card--> scores, slots, chances
//!   a tap ------------(at once)---------------^
//! ```
//!
//! | module | what lives there |
//! |---|---|
//! | `features` | the numbers by which a starter is weighed, each with its name and its words |
//! | `prior` | what is believed before anything is learnt, as a file (`prior.toml`) |
//! | `learned` | the model as it is now, and one draw of it |
//! | `lessons` | what became of what was shown, told by the log: pure |
//! | `teachers` | how much each associate may teach |
//! | `shops` | how each shop took what was said |
//! | `learner` | when it is learnt: all of the log at the start and each night, a tap at once |
//!
//! **The model is a view of the log.** Nothing else is kept of learning, in memory or on disk, so who is erased is unlearnt at
//! the next refit, and every model can be made again. Who is in the control group is never learnt from, and who took back what a
//! showing rested on, or objects to analysis, neither: `lessons` asks their consent again each time.
//!
//! To add a feature: see `features`. How it learns, and what that is worth: `docs/learning.md`.
//!
//! Never here: what may be shown (the domain's rules and the charter), and what is said.

#[cfg(test)]
mod example;
pub mod features;
mod learned;
mod learner;
mod lessons;
mod prior;
pub mod shops;
mod teachers;

pub use self::{
    learned::{Learned, Model, WIDTH, seed},
    learner::{Learner, LearnerParts, RefitError},
    prior::InvalidPrior,
};
