//! When to poll next: often enough to miss nothing, seldom enough to be welcome.
//!
//! Pure: what is remembered of a source and what the poll gave go in, an instant comes out. Who polls, and how no two do
//! so at once, is left to the pipeline.
//!
//! ```
//! use jiff::Timestamp;
//! use praden_crawl::schedule::{Gave, next_due};
//!
//! let now: Timestamp = "2024-01-15T09:00:00+07:00".parse()?;
//! let next = next_due(900, now, &Gave::Failed { failures: 3, retry_after_s: None, gone: false }, 0.0);
//! assert_eq!(next.as_second() - now.as_second(), 4 * 900);
//! # Ok::<(), jiff::Error>(())
//! ```

use jiff::{SignedDuration, Timestamp};

/// The pace never gets faster than a fourth of what the pipeline asks for.
const FASTER_MAX: f64 = 4.0;

/// Nor slower than eight times of it.
const SLOWER_MAX: f64 = 8.0;

/// The longest pause after failures: a source that comes back is seen within half a day.
const BACK_OFF_S_MAX: f64 = 12.0 * 60.0 * 60.0;

/// How many polls should see the same entry: the overlap that shows that nothing was missed in between.
const NEW_SHARE_WANTED: f64 = 0.5;

/// A source that says it is gone is looked at once more after this time only if a person asks; the date is far, not never.
const GONE_S: f64 = 365.0 * 24.0 * 60.0 * 60.0;

/// What a poll gave.
#[derive(Clone, Debug, PartialEq)]
pub enum Gave {
    /// The source answered.
    Answered {
        /// Entries in the answer; none when it said that nothing changed.
        entries: usize,
        /// Entries not seen before.
        new: usize,
        /// Seconds since the source last had something new before this poll; `None` if it never had.
        quiet_s: Option<i64>,
        /// Seconds since the poll before.
        since_s: Option<i64>,
        /// Links that wait to be fetched: there is work to do at once.
        waiting: bool,
    },
    /// It did not.
    Failed {
        /// How often in a row, this time included.
        failures: u32,
        /// Seconds that the server asked us to wait.
        retry_after_s: Option<u32>,
        /// Whether it said that it is gone for good.
        gone: bool,
    },
}

/// When a source is due again.
///
/// `every_s` is the pace that the pipeline asks for, `jitter` a number from 0 to 1 that spreads sources over time.
pub fn next_due(every_s: u32, now: Timestamp, gave: &Gave, jitter: f64) -> Timestamp {
    let every = f64::from(every_s.max(1));
    let pause = match *gave {
        Gave::Failed { gone: true, .. } => GONE_S,
        Gave::Failed { failures, retry_after_s, .. } => {
            // Twice as long each time, from the normal pace.
            let doubled = every * 2_f64.powi(i32::try_from(failures.saturating_sub(1).min(20)).unwrap_or(20));
            doubled.min(BACK_OFF_S_MAX.max(every)).max(f64::from(retry_after_s.unwrap_or(0)))
        }
        Gave::Answered { waiting: true, .. } => every / FASTER_MAX,
        Gave::Answered { entries, new, quiet_s, since_s, .. } => {
            adaptive(every, entries, new, quiet_s, since_s)
        }
    };
    // Up to a tenth later, never earlier: a wish to wait is kept.
    let spread = pause * 0.1 * jitter.clamp(0.0, 1.0);
    let pause = SignedDuration::from_millis(((pause + spread) * 1000.0) as i64);
    now.checked_add(pause).unwrap_or(Timestamp::MAX)
}

/// The pause that the last polls suggest.
fn adaptive(every: f64, entries: usize, new: usize, quiet_s: Option<i64>, since_s: Option<i64>) -> f64 {
    let (fast, slow) = (every / FASTER_MAX, every * SLOWER_MAX);
    let since = since_s.map_or(every, |since| since.max(1) as f64);
    let pause = if entries > 0 && new > 0 {
        // At this rate, how long until the wanted share of the list is new? Half of it, so that the other half is seen
        // twice and nothing can slip out of the list unseen.
        let per_second = new as f64 / since;
        (entries as f64 * NEW_SHARE_WANTED) / per_second
    } else {
        // Quiet: the longer the quieter. A fourth of the silence so far keeps the delay of the next news small beside it.
        quiet_s.map_or(every, |quiet| (quiet.max(0) as f64 / 4.0).max(every))
    };
    // News on time matters too: while something comes, no more than twice the asked pause.
    let pause = if new > 0 { pause.min(2.0 * every) } else { pause };
    pause.clamp(fast, slow)
}

/// How many entries may have been missed: the list had nothing in common with what was known.
///
/// An estimate from the rate: the list turned over completely in `since_s`, so as many again may have come and gone.
pub fn missed_estimate(entries: usize, new: usize, first_poll: bool) -> usize {
    if !first_poll && entries > 0 && new == entries { entries } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    const EVERY_S: u32 = 900;

    #[track_caller]
    fn check(gave: &Gave, jitter: f64, want_s: i64) {
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!(next_due(EVERY_S, now, gave, jitter).as_second(), want_s, "{gave:?}");
    }

    fn answered(entries: usize, new: usize, quiet_s: i64) -> Gave {
        Gave::Answered { entries, new, quiet_s: Some(quiet_s), since_s: Some(900), waiting: false }
    }

    #[test]
    fn a_busy_source_is_polled_before_half_its_list_is_new() {
        check(&answered(20, 20, 0), 0.0, 450);
        check(&answered(20, 1, 0), 0.0, 1800);
        check(&answered(4, 20, 0), 0.0, 225);
    }

    #[test]
    fn a_quiet_source_is_polled_less_and_never_less_than_an_eighth() {
        check(&answered(20, 0, 600), 0.0, 900);
        check(&answered(0, 0, 10_000), 0.0, 2500);
        check(&answered(20, 0, 10_000_000), 0.0, 7200);
    }

    #[test]
    fn failures_back_off_and_never_give_up() {
        let failed = |failures, retry_after_s| Gave::Failed { failures, retry_after_s, gone: false };
        check(&failed(1, None), 0.0, 900);
        check(&failed(4, None), 0.0, 7200);
        check(&failed(400, None), 0.0, 43_200);
        check(&failed(1, Some(3600)), 0.0, 3600);
        check(&failed(1, Some(60)), 0.0, 900);
        check(&failed(1, Some(3600)), 1.0, 3960);
    }

    #[test]
    fn only_what_is_gone_is_left_alone() {
        check(&Gave::Failed { failures: 1, retry_after_s: None, gone: true }, 0.0, 365 * 86_400);
    }

    #[test]
    fn a_list_without_overlap_may_have_lost_something() {
        assert_eq!(missed_estimate(20, 20, false), 20);
        assert_eq!(missed_estimate(20, 19, false), 0);
        assert_eq!(missed_estimate(20, 20, true), 0);
    }

    /// Numbers that look random and are the same in every run.
    fn next(seed: &mut u64) -> f64 {
        *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (*seed >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// When an outlet publishes over some days: little at night, most around noon and in the evening, and several at
    /// once now and then, as desks release them.
    fn publishing(days: i64, a_day: f64, seed: &mut u64) -> Vec<i64> {
        const BY_HOUR: [f64; 24] = [
            0.3, 0.2, 0.1, 0.1, 0.1, 0.3, 0.8, 1.2, 1.5, 1.6, 1.7, 1.8, 1.7, 1.6, 1.5, 1.5, 1.6, 1.7, 1.6,
            1.4, 1.1, 0.9, 0.7, 0.5,
        ];
        let mut times = Vec::new();
        for minute in 0..days * 24 * 60 {
            let hour = usize::try_from(minute / 60 % 24).unwrap_or(0);
            let weight = BY_HOUR[hour] / BY_HOUR.iter().sum::<f64>();
            let burst = if next(seed) < 0.1 { 4 } else { 1 };
            // The mean of a release is 1.3 articles.
            if next(seed) < a_day * weight / 60.0 / 1.3 {
                times.extend(std::iter::repeat_n(minute * 60, burst));
            }
        }
        times
    }

    #[test]
    fn nearly_everything_is_caught_with_half_the_requests_of_a_fixed_pace() {
        const DAYS: i64 = 30;
        const LISTED: usize = 20;
        let mut seed = 2024;
        let (mut all, mut caught, mut requests, mut sources) = (0, 0, 0, 0_usize);
        // Sources of every pace, from one article a day to eighty.
        for a_day in [1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0] {
            let times = publishing(DAYS, a_day, &mut seed);
            let (mut seen, mut now, mut before) = (0, 0_i64, None);
            let mut news_at = None;
            while now < DAYS * 86_400 {
                requests += 1;
                let published = times.partition_point(|at| *at <= now);
                let listed = published.min(LISTED);
                let new = (published - seen).min(listed);
                caught += new;
                seen = published;
                let gave = Gave::Answered {
                    entries: listed,
                    new,
                    quiet_s: news_at.map(|at: i64| now - at),
                    since_s: before.map(|at: i64| now - at),
                    waiting: false,
                };
                if new > 0 {
                    news_at = Some(now);
                }
                before = Some(now);
                let start = Timestamp::from_second(now).unwrap();
                now = next_due(EVERY_S, start, &gave, next(&mut seed)).as_second();
            }
            all += seen;
            sources += 1;
        }
        let fixed = sources * usize::try_from(DAYS * 86_400 / i64::from(EVERY_S)).unwrap();
        println!("caught {caught} of {all} with {requests} requests; a fixed pace takes {fixed}");
        assert!(caught * 100 >= all * 99, "{caught} of {all}");
        assert!(requests * 2 <= fixed, "{requests} of {fixed}");
    }

    proptest::proptest! {
        #[test]
        fn the_pace_stays_in_its_bounds(
            every_s in 1..100_000_u32, entries: u16, new: u16, quiet: i32, since: i32, waiting: bool, jitter: f64
        ) {
            let gave = Gave::Answered {
                entries: entries.into(), new: new.into(), quiet_s: Some(quiet.into()), since_s: Some(since.into()), waiting,
            };
            let pause = next_due(every_s, Timestamp::UNIX_EPOCH, &gave, jitter).as_millisecond() as f64 / 1000.0;
            let every = f64::from(every_s);
            proptest::prop_assert!(pause >= every / FASTER_MAX - 0.01 && pause <= every * SLOWER_MAX * 1.1 + 0.01, "{pause}");
        }
    }
}
