//! When things arrive: a rate over time and a process around it.
//!
//! The n-th arrival is where the cumulated rate reaches the n-th point of a unit-rate process, which
//! is drawn once for each stream. Scaling the rate therefore compresses the same pattern, and an
//! arrival never depends on what an earlier one caused.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::time::SimTime;

/// A stream of arrivals.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrivals {
    /// Arrivals per second over the run.
    pub rate: Rate,
    /// How they scatter around the rate.
    pub process: ArrivalProcess,
}

/// How arrivals scatter around the rate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum ArrivalProcess {
    /// Independent arrivals (a Poisson process).
    #[default]
    Poisson,
    /// As evenly as the rate allows, each jittered within its own share: for counts that are known
    /// from records rather than random.
    Even,
}

/// A rate over the run: zero outside its pieces.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rate {
    pieces: Vec<Piece>,
}

/// A stretch of time with one formula for the rate.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Piece {
    start_s: f64,
    end_s: f64,
    /// Cumulated rate up to `start_s`.
    before: f64,
    shape: Shape,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Shape {
    /// Per second at the start and at the end, linear between.
    Linear(f64, f64),
    /// Per second at the start, and the time constant of its exponential decay in seconds.
    Decay(f64, f64),
}

impl Rate {
    /// Appends a stretch with a rate (per second) that is linear from `from` to `to`. Stretches
    /// follow one another; one that starts before the last one's end is cut.
    pub fn push_linear(&mut self, start_s: f64, end_s: f64, from: f64, to: f64) {
        let start = start_s.max(self.end_s());
        if end_s > start {
            let at = |time: f64| from + (to - from) * (time - start_s) / (end_s - start_s);
            self.push(start, end_s, Shape::Linear(at(start), to));
        }
    }

    /// Appends a stretch with a rate (per second) that starts at `from` and halves each
    /// `half_life_s`.
    pub fn push_decay(&mut self, start_s: f64, end_s: f64, from: f64, half_life_s: f64) {
        let start = start_s.max(self.end_s());
        if end_s > start {
            let tau = half_life_s / core::f64::consts::LN_2;
            let from = from * libm::exp(-(start - start_s) / tau);
            self.push(start, end_s, Shape::Decay(from, tau));
        }
    }

    fn push(&mut self, start_s: f64, end_s: f64, shape: Shape) {
        let before = self.total();
        self.pieces.push(Piece { start_s, end_s, before, shape });
    }

    fn end_s(&self) -> f64 {
        self.pieces.last().map_or(0.0, |piece| piece.end_s)
    }

    /// Expected number of arrivals in all.
    pub fn total(&self) -> f64 {
        self.pieces.last().map_or(0.0, |piece| piece.before + piece.mass(piece.end_s))
    }

    /// Arrivals per second at `at_s` seconds into the run.
    pub fn at(&self, at_s: f64) -> f64 {
        let piece = self.pieces.iter().find(|piece| (piece.start_s..piece.end_s).contains(&at_s));
        piece.map_or(0.0, |piece| piece.rate(at_s))
    }

    /// When the cumulated rate reaches `count`, or `None` if it never does.
    pub fn when(&self, count: f64) -> Option<SimTime> {
        if count > self.total() {
            return None;
        }
        let index = self.pieces.partition_point(|piece| piece.before <= count).checked_sub(1)?;
        let piece = &self.pieces[index];
        // The difference may exceed the piece's mass by a rounding error, and a decay has no time for
        // more than all of it.
        let wanted = (count - piece.before).min(piece.mass(piece.end_s));
        let at_s = (piece.start_s + piece.time_for(wanted)).clamp(piece.start_s, piece.end_s);
        Some(SimTime::from_micros((at_s * 1e6 + 0.5) as u64))
    }
}

impl Piece {
    fn rate(&self, at_s: f64) -> f64 {
        let since = at_s - self.start_s;
        match self.shape {
            Shape::Linear(from, to) => from + (to - from) * since / (self.end_s - self.start_s),
            Shape::Decay(from, tau) => from * libm::exp(-since / tau),
        }
    }

    /// Cumulated rate from the start of the piece to `at_s`.
    fn mass(&self, at_s: f64) -> f64 {
        let since = at_s - self.start_s;
        match self.shape {
            Shape::Linear(from, _) => (from + self.rate(at_s)) / 2.0 * since,
            Shape::Decay(from, tau) => -from * tau * libm::expm1(-since / tau),
        }
    }

    /// Seconds from the start of the piece until its cumulated rate is `wanted`.
    fn time_for(&self, wanted: f64) -> f64 {
        match self.shape {
            Shape::Linear(from, to) => {
                // Solves slope/2 t^2 + from t = wanted in the form that survives slope = 0.
                let slope = (to - from) / (self.end_s - self.start_s);
                let root = libm::sqrt((from * from + 2.0 * slope * wanted).max(0.0));
                if from + root > 0.0 { 2.0 * wanted / (from + root) } else { 0.0 }
            }
            Shape::Decay(from, tau) => -tau * libm::log1p(-wanted / (from * tau)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn when_inverts_the_cumulated_rate() {
        let mut rate = Rate::default();
        rate.push_linear(100.0, 200.0, 0.0, 1.0);
        rate.push_decay(200.0, 10_000.0, 1.0, 100.0);
        rate.push_linear(10_000.0, 10_100.0, 2.0, 2.0);
        assert!((rate.at(150.0) - 0.5).abs() < 1e-12);
        assert!((rate.at(300.0) - 0.5).abs() < 1e-12);
        assert_eq!(rate.at(99.0), 0.0);
        let micros = |count: f64| rate.when(count).map(SimTime::as_micros);
        assert_eq!(micros(12.5), Some(150_000_000), "half the ramp holds a quarter of its mass");
        let half_decay = 50.0 + 50.0 / core::f64::consts::LN_2;
        assert!(micros(half_decay).unwrap().abs_diff(300_000_000) <= 1);
        assert!(micros(rate.total()).unwrap().abs_diff(10_100_000_000) <= 1);
        assert_eq!(micros(rate.total() + 0.1), None);
    }
}
