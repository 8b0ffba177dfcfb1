//! How many requests run at a time. More than the machine can work on at once only slow each other down, so the limit follows
//! what is seen: it shrinks while requests take much longer than they do alone, and grows back when nobody is refused.
//! After the gradient limit of <https://github.com/Netflix/concurrency-limits>, with the time that each document takes alone
//! as the measure, since documents differ by a factor of hundreds.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::available_parallelism;
use std::time::{Duration, Instant};

use crate::document::Pace;

/// The limit is weighed so often.
const WINDOW: Duration = Duration::from_millis(50);
/// While some are refused, the others may take so many times as long as alone. More would not answer more of them where the
/// processors are busy anyway; where requests wait for something else, they do not slow each other down and the limit grows.
const STRETCH: f64 = 1.1;
/// A window cuts the limit to this share of it at most: the first of a flood come in all at once and are slow to leave.
const STEEPEST: f64 = 0.2;

/// A bound that follows the load.
#[derive(Debug)]
pub(super) struct Concurrency {
    /// So many at a time have the machine to themselves.
    processors: usize,
    most: usize,
    limit: AtomicUsize,
    running: AtomicUsize,
    window: Mutex<Window>,
}

/// What happened of late.
#[derive(Debug)]
struct Window {
    began: Instant,
    refused: u32,
    /// How much longer than alone requests took, added up.
    stretch: f64,
    measured: u32,
}

impl Window {
    fn starting(began: Instant) -> Self {
        Self { began, refused: 0, stretch: 0.0, measured: 0 }
    }
}

/// A place among those that run, until it is dropped.
#[derive(Debug)]
pub(super) struct Place {
    concurrency: Arc<Concurrency>,
    began: Instant,
    /// Did it find the machine next to idle?
    alone: bool,
}

impl Concurrency {
    /// Never more than so many.
    pub fn new(most: usize) -> Self {
        let processors = available_parallelism().map_or(1, usize::from);
        let window = Mutex::new(Window::starting(Instant::now()));
        Self { processors, most, limit: AtomicUsize::new(most), running: AtomicUsize::new(0), window }
    }

    /// A place, where there is one.
    pub fn enter(self: &Arc<Self>) -> Option<Place> {
        let now = Instant::now();
        let limit = self.limit.load(Ordering::Relaxed);
        let entered =
            self.running.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |running| (running < limit).then_some(running + 1));
        match entered {
            Ok(before) => Some(Place { concurrency: Arc::clone(self), began: now, alone: before < self.processors }),
            Err(_) => {
                self.window(now, |window| window.refused += 1);
                None
            }
        }
    }

    /// How many run.
    pub fn running(&self) -> usize {
        self.running.load(Ordering::Relaxed)
    }

    /// How many may run.
    pub fn limit(&self) -> usize {
        self.limit.load(Ordering::Relaxed)
    }

    fn window(&self, now: Instant, note: impl FnOnce(&mut Window)) {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        note(&mut window);
        if now.saturating_duration_since(window.began) < WINDOW {
            return;
        }
        let limit = self.limit.load(Ordering::Relaxed);
        let next = next_limit(limit, &window).clamp(1, self.most);
        self.limit.store(next, Ordering::Relaxed);
        *window = Window::starting(now);
    }
}

/// The limit after a window.
fn next_limit(limit: usize, window: &Window) -> usize {
    // Where nobody is refused, slowness has other reasons than that too many run, or few mind it.
    if window.refused == 0 {
        return limit + 1 + limit / 4;
    }
    if window.measured == 0 {
        return limit;
    }
    let stretch = window.stretch / f64::from(window.measured);
    let share = (STRETCH / stretch).clamp(STEEPEST, 1.1);
    #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "some tens")]
    let followed = (limit as f64 * share).round() as usize;
    // Rounding must not keep a small limit from growing.
    if share > 1.0 { followed.max(limit + 1) } else { followed }
}

impl Place {
    /// The request has run a document of this pace.
    pub fn has_run(&self, pace: &Pace) {
        let now = Instant::now();
        let time = now.saturating_duration_since(self.began);
        // Whoever is let in while others are refused shares the machine with the refusing.
        let calm = self.concurrency.limit() == self.concurrency.most;
        if calm && self.alone && self.concurrency.running() <= self.concurrency.processors {
            pace.note(time);
        }
        if let Some(stretch) = pace.stretch(time) {
            self.concurrency.window(now, |window| {
                window.stretch += stretch;
                window.measured += 1;
            });
        }
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.concurrency.running.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(refused: u32, stretch: f64) -> Window {
        Window { refused, stretch: stretch * 10.0, measured: 10, ..Window::starting(Instant::now()) }
    }

    #[test]
    fn the_limit_shrinks_while_requests_slow_each_other_down_and_grows_back() {
        let mut limit = 64;
        for _ in 0..8 {
            // The more run, the longer each takes.
            #[expect(clippy::cast_precision_loss, reason = "some tens")]
            let stretch = (limit as f64 / 2.0).max(1.0);
            limit = next_limit(limit, &window(100, stretch));
        }
        assert!((2..=3).contains(&limit), "{limit}");
        assert_eq!(next_limit(3, &window(100, 1.0)), 4);
        // Those who are inside have not come out yet: nothing is known.
        assert_eq!(next_limit(3, &Window { measured: 0, ..window(100, 1.0) }), 3);
        for _ in 0..16 {
            limit = next_limit(limit, &window(0, 3.0)).min(64);
        }
        assert_eq!(limit, 64);
    }

    #[test]
    fn nobody_enters_beyond_the_limit_and_whoever_leaves_makes_room() {
        let concurrency = Arc::new(Concurrency::new(2));
        let (first, second) = (concurrency.enter().unwrap(), concurrency.enter());
        assert!(second.is_some() && concurrency.enter().is_none());
        drop(first);
        assert!(concurrency.enter().is_some());
        assert_eq!(concurrency.running(), 1);
    }
}
