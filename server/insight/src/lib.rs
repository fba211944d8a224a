//! Models of what customers do next: fitted to what many did, asked about one.
//!
//! | module | what lives there |
//! |---|---|
//! | [`bandit`] | what to show, learnt from what became of what was shown |
//! | [`customer_base`] | how often somebody will buy again, and for how much: BG/NBD, MBG/NBD, Pareto/NBD, Gamma-Gamma |
//! | [`evaluation`] | what a rule of choice is worth by another one's log; whether probabilities are true |
//! | [`next_visit`] | what somebody will buy this time: the ranking that is served, and the models that it is made of or compared with |
//! | [`outcome`] | what the visit that is under way may become, how likely, and why |
//! | [`chance`] | random numbers of a seed, the same for ever |
//! | `inverse` | the inverse of a symmetric matrix |
//! | `logistic` | logistic regression with a ridge |
//! | `optimise` | the one optimiser, BFGS |
//! | `special` | logarithms of the gamma and beta functions, and their derivatives |
//!
//! Everything is a function of its arguments, and gives the same for the same: no clock, no chance but that of a seed, no
//! files, no threads. Each formula names the paper that it comes from, and is held in the tests to something that was not
//! computed with it: a paper's figures, a numerical integral, a finite difference.
//!
//! Never here: names, consent, texts, storage, what may be said to whom. A model sees numbers; whose they are, and
//! whether they may be used at all, is decided before.
//!
//! To add a model: a file that says its source and units, its likelihood with the gradient, its tests beside it, and
//! its figures on public data in `tests/tests/customer_base.rs`, `tests/tests/next_visit/` or `tests/tests/outcomes/`.

pub mod bandit;
pub mod chance;
pub mod customer_base;
pub mod evaluation;
mod inverse;
mod logistic;
pub mod next_visit;
mod optimise;
pub mod outcome;
mod special;
