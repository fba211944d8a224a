//! What a model or a rule of choice is worth, of what was logged while another one was in use.
//!
//! | module | what it answers |
//! |---|---|
//! | [`off_policy`] | how much would have been accepted if others had been shown: IPS, SNIPS, DM, DR, and the effective sample |
//! | [`bootstrap`] | how sure that is |
//! | [`calibration`] | whether of those that were given 30 % it happened to 30 %, and how to mend it if not |
//!
//! Never here: the choice itself (`bandit`), and what the rewards are of.

pub mod bootstrap;
pub mod calibration;
pub mod off_policy;
