//! Random numbers of the shapes that the world needs.

use shopbell_insight::chance::Chance;

use super::world::Things;

pub(crate) trait Draw {
    fn happens(&mut self, probability: f64) -> bool;
    fn exponential(&mut self, mean: f64) -> f64;
    fn lognormal(&mut self, median: f64, deviation: f64) -> f64;
    fn poisson(&mut self, mean: f64) -> u32;
    fn binomial(&mut self, count: u32, probability: f64) -> u32;
    fn things(&mut self, things: Things) -> u32;
    /// The place of one of these weights.
    fn one_of(&mut self, weights: &[f64]) -> usize;
}

impl Draw for Chance {
    fn happens(&mut self, probability: f64) -> bool {
        self.uniform() < probability
    }

    fn exponential(&mut self, mean: f64) -> f64 {
        -mean * (1.0 - self.uniform()).ln()
    }

    fn lognormal(&mut self, median: f64, deviation: f64) -> f64 {
        median * (deviation * self.normal()).exp()
    }

    /// By the times between events (Knuth, *Seminumerical algorithms*, 3.4.1), at most 200.
    fn poisson(&mut self, mean: f64) -> u32 {
        let (mut at, mut count) = (self.exponential(1.0), 0);
        while at < mean && count < 200 {
            at += self.exponential(1.0);
            count += 1;
        }
        count
    }

    fn binomial(&mut self, count: u32, probability: f64) -> u32 {
        (0..count).map(|_| u32::from(self.happens(probability))).sum()
    }

    fn things(&mut self, things: Things) -> u32 {
        if self.happens(things.any) { 1 + self.poisson(things.more) } else { 0 }
    }

    fn one_of(&mut self, weights: &[f64]) -> usize {
        let mut left = self.uniform() * weights.iter().sum::<f64>();
        let place = weights.iter().position(|weight| {
            left -= weight;
            left < 0.0
        });
        place.unwrap_or(weights.len() - 1)
    }
}
