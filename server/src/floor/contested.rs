//! Tokens heard in two shops: somebody relays one of them, and nobody can tell which, so neither shop shows it.
//!
//! A token opens only in its own quarter of an hour and the two beside it, so the same token opened in two shops is
//! always heard twice within its life. The registry holds the tokens of that span, by window, and forgets whole windows.
//! It lives in memory: after a restart a token counts from its next hearing.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Mutex,
};

use shopbell_domain::{
    id::StoreId,
    time::Timestamp,
    token::{PresenceToken, Window},
};

/// Windows after a token's own in which it is remembered: its neighbour, and one for events on their way.
const REMEMBERED_WINDOWS: u32 = 2;

/// Where a token was heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Whereabouts {
    /// In this shop only.
    Here,
    /// In another shop too, for the first time now: that shop must be told.
    NowContested(StoreId),
    /// In another shop too, and both know.
    Contested,
}

#[derive(Debug, Clone)]
struct Place {
    store: StoreId,
    contested: bool,
}

/// Tokens heard lately in any shop of this server.
#[derive(Debug, Default)]
pub struct Contested {
    windows: Mutex<BTreeMap<u32, HashMap<PresenceToken, Place>>>,
}

impl Contested {
    fn with<T>(&self, f: impl FnOnce(&mut BTreeMap<u32, HashMap<PresenceToken, Place>>) -> T) -> T {
        f(&mut self.windows.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }

    /// Notes that a token of `window` was heard in `store`.
    pub fn hear(&self, token: PresenceToken, window: Window, store: &StoreId) -> Whereabouts {
        self.with(|windows| {
            let places = windows.entry(window.0).or_default();
            let Some(place) = places.get_mut(&token) else {
                places.insert(token, Place { store: store.clone(), contested: false });
                return Whereabouts::Here;
            };
            match (place.contested, place.store == *store) {
                (true, _) => Whereabouts::Contested,
                (false, true) => Whereabouts::Here,
                (false, false) => {
                    place.contested = true;
                    Whereabouts::NowContested(place.store.clone())
                }
            }
        })
    }

    /// Whether a token is known to be contested.
    pub(super) fn is_contested(&self, token: &PresenceToken) -> bool {
        self.with(|windows| {
            windows.values().any(|places| places.get(token).is_some_and(|place| place.contested))
        })
    }

    /// Forgets tokens whose life is over at `now`.
    pub(super) fn forget_before(&self, now: Timestamp) {
        let oldest = Window::at(now).0.saturating_sub(REMEMBERED_WINDOWS);
        self.with(|windows| *windows = windows.split_off(&oldest));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_in_two_shops_is_contested_in_both_until_its_life_is_over() {
        let registry = Contested::default();
        let (lyon, nice) = (StoreId::new("lyon").unwrap(), StoreId::new("nice").unwrap());
        let (token, window) = (PresenceToken([7; 16]), Window(1_000));
        assert_eq!(registry.hear(token, window, &lyon), Whereabouts::Here);
        assert_eq!(registry.hear(token, window, &lyon), Whereabouts::Here);
        assert_eq!(registry.hear(token, window, &nice), Whereabouts::NowContested(lyon.clone()));
        assert_eq!(registry.hear(token, window, &nice), Whereabouts::Contested);
        assert_eq!(registry.hear(token, window, &lyon), Whereabouts::Contested);
        registry.forget_before(Window(1_002).begins());
        assert_eq!(registry.hear(token, window, &lyon), Whereabouts::Contested, "still within its life");
        registry.forget_before(Window(1_003).begins());
        assert_eq!(registry.hear(token, window, &lyon), Whereabouts::Here);
    }
}
