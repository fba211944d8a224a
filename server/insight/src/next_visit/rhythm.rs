//! What somebody buys themselves, again and again.

use super::{Scores, Visit};

/// In how many visits each label was.
pub fn frequency(visits: &[Visit]) -> Scores {
    weighted(visits, |_| 1.0)
}

/// The same, where a visit counts half as much for each `half_life` that lies between it and `now`, all in days.
pub fn decayed(visits: &[Visit], now: f64, half_life: f64) -> Scores {
    weighted(visits, |visit| (-(now - visit.day) / half_life).exp2())
}

/// Only what the last visit was.
pub fn last(visits: &[Visit]) -> Scores {
    frequency(visits.last().map_or(&[], std::slice::from_ref))
}

fn weighted(visits: &[Visit], weight: impl Fn(&Visit) -> f64) -> Scores {
    Scores::sum(visits.iter().flat_map(|visit| {
        let weight = weight(visit);
        visit.labels.iter().map(move |label| (*label, weight))
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visits() -> [Visit; 3] {
        [(0.0, vec![1]), (30.0, vec![1, 2]), (60.0, vec![3])].map(|(day, labels)| Visit { day, labels })
    }

    #[test]
    fn each_counts_as_it_should() {
        assert_eq!(frequency(&visits()), Scores::sum([(1, 2.0), (2, 1.0), (3, 1.0)]));
        assert_eq!(decayed(&visits(), 60.0, 30.0), Scores::sum([(1, 0.75), (2, 0.5), (3, 1.0)]));
        assert_eq!(last(&visits()), Scores::sum([(3, 1.0)]));
        assert_eq!(last(&[]), Scores::default());
    }

    #[test]
    fn without_forgetting_both_are_one() {
        assert_eq!(decayed(&visits(), 60.0, f64::INFINITY), frequency(&visits()));
    }
}
