//! What a source is used to: how much it brings in a day, and how long it is quiet at most.
//!
//! An office that publishes on weekdays, an outlet that never sleeps and a village that writes once a month each have a
//! silence of their own; so has a flood. What is made of it is said by [`health::alarm`](crate::health::alarm).

use jiff::{SignedDuration, Timestamp};
use praden_model::{Habit, SourceState};

const DAY_S: i64 = 24 * 60 * 60;

/// Days before a habit counts: a week has all its days in it, the quiet ones too.
const DAYS_MIN: u32 = 7;

/// The last day weighs one part in as many: two weeks, so that a source may change its ways.
const MEMORY_DAYS: i64 = 14;

/// The longest silence is forgotten by one part in as many with each day, half of it in three weeks.
const QUIET_MEMORY_DAYS: u32 = 32;

/// How long a source may be quiet before its habit is known. Over a long holiday a small office publishes nothing for three days.
const SILENT_UNKNOWN: SignedDuration = SignedDuration::from_hours(4 * 24);

/// No source is silent before a day has passed, whatever its habit: each day of the week is a little different.
const SILENT_MIN: SignedDuration = SignedDuration::from_hours(24);

/// After two months no desk calls it a habit.
const SILENT_MAX: SignedDuration = SignedDuration::from_hours(60 * 24);

/// So many times the usual is a flood: an election night brings two or three times as much as other days.
const FLOOD_TIMES: u32 = 5;

/// And so many articles more than usual, so that a small office with a busy day is none.
const FLOOD_MORE: u32 = 50;

/// The habit after a poll that went well and brought `new` articles.
pub(crate) fn learn(before: &SourceState, new: u32, now: Timestamp) -> Habit {
    let mut habit = before.habit;
    habit.since.get_or_insert(now);
    // The first day brings what was there before it: counting begins with the second.
    let tomorrow = now.checked_add(SignedDuration::from_secs(DAY_S)).unwrap_or(now);
    let from = *habit.day_from.get_or_insert(tomorrow);
    let days_between = |from: Timestamp| (now.as_second() - from.as_second()) / DAY_S;
    let over = days_between(from);
    // What gathered while nobody looked is spread over the days in which it did.
    let unseen = before.succeeded_at.map_or(1, |at| days_between(at).max(1));
    let share = u32::try_from(i64::from(new) / unseen).unwrap_or(new);
    if over >= 1 {
        close_day(&mut habit, before.habit.day_new);
        for _ in 1..over.min(4 * MEMORY_DAYS) {
            close_day(&mut habit, share);
        }
        habit.day_from = from.checked_add(SignedDuration::from_secs(over * DAY_S)).ok();
        habit.day_new = share;
    } else if over == 0 && now >= from {
        habit.day_new = habit.day_new.saturating_add(new);
    }
    if new > 0
        && let (Some(news), Some(seen)) = (before.news_at, before.succeeded_at)
    {
        // Up to the last good poll before the news: only that is known to have been silence.
        let quiet_s = u32::try_from(seen.as_second() - news.as_second()).unwrap_or(0);
        habit.quiet_s_max = habit.quiet_s_max.max(quiet_s);
    }
    habit
}

fn close_day(habit: &mut Habit, new: u32) {
    let mean = i64::from(habit.per_day_milli);
    let weight = i64::from(habit.days.saturating_add(1)).min(MEMORY_DAYS);
    let mean = mean + (i64::from(new) * 1000 - mean) / weight;
    habit.per_day_milli = u32::try_from(mean).unwrap_or(u32::MAX);
    habit.days = habit.days.saturating_add(1);
    habit.quiet_s_max -= habit.quiet_s_max / QUIET_MEMORY_DAYS;
}

/// How long a source with this habit may be quiet: twice its longest silence of the last weeks.
pub fn silent_after(habit: &Habit) -> SignedDuration {
    if habit.days < DAYS_MIN {
        return SILENT_UNKNOWN;
    }
    SignedDuration::from_secs(2 * i64::from(habit.quiet_s_max)).clamp(SILENT_MIN, SILENT_MAX)
}

/// More new articles in a day than this are a flood; `None` while the habit is not known.
pub fn flood_above(habit: &Habit) -> Option<u32> {
    let usual = habit.per_day_milli / 1000;
    (habit.days >= DAYS_MIN).then(|| usual.saturating_mul(FLOOD_TIMES).max(usual.saturating_add(FLOOD_MORE)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::health::{Alarm, alarm};
    use praden_model::SourceId;
    use proptest::prelude::*;

    /// Polls every hour for so many days; `brings` says what each hour of the world's clock brings.
    fn live(days: i64, mut brings: impl FnMut(i64) -> u32) -> SourceState {
        let mut state = SourceState::fresh(SourceId::new("a").unwrap());
        for hour in 0..days * 24 {
            poll(&mut state, hour, brings(hour));
        }
        state
    }

    fn at(hour: i64) -> Timestamp {
        Timestamp::from_second(1_700_000_000 + hour * 3600).unwrap()
    }

    fn poll(state: &mut SourceState, hour: i64, new: u32) {
        state.habit = learn(state, new, at(hour));
        state.polled_at = Some(at(hour));
        state.succeeded_at = state.polled_at;
        if new > 0 {
            state.news_at = state.polled_at;
        }
    }

    /// After how many more hours, with `new` articles in each, the alarm is raised.
    fn raised_after(state: &SourceState, new: u32, want: Alarm) -> Option<i64> {
        let mut state = state.clone();
        let from = (state.polled_at.unwrap().as_second() - at(0).as_second()) / 3600;
        (1..=80 * 24).find(|hour| {
            poll(&mut state, from + hour, new);
            alarm(&state, at(from + hour)) == Some(want)
        })
    }

    #[track_caller]
    fn check(name: &str, brings: fn(i64) -> u32, silent: std::ops::RangeInclusive<i64>, flood_of: u32) {
        // The first day brings a list of two hundred, as first days do.
        let first = |hour| if hour == 0 { 200 } else { brings(hour) };
        let mut state = SourceState::fresh(SourceId::new("a").unwrap());
        for hour in 0..28 * 24 {
            poll(&mut state, hour, first(hour));
            // Two weeks are enough to know it.
            let raised = alarm(&state, at(hour)).filter(|_| hour >= 14 * 24);
            assert_eq!(raised, None, "{name}, hour {hour}: {state:?}");
        }
        let quiet = (state.polled_at.unwrap().as_second() - state.news_at.unwrap().as_second()) / 3600;
        let after = quiet + raised_after(&state, 0, Alarm::Silent).expect("a silence is noticed");
        assert!(silent.contains(&after), "{name}: silent after {after} hours: {:?}", state.habit);
        assert_eq!(
            raised_after(&state, flood_of, Alarm::Flooding).map(|hours| hours <= 24),
            Some(true),
            "{name}: {:?}",
            state.habit
        );
    }

    #[test]
    fn each_source_is_measured_by_its_own_habit() {
        check("day and night", |_| 5, 24..=26, 60);
        check("by day", |hour| u32::from((8..20).contains(&(hour % 24))), 24..=26, 20);
        let weekdays = |hour: i64| u32::from(hour / 24 % 7 < 5 && (9..17).contains(&(hour % 24)));
        check("weekdays", weekdays, 4 * 24..=5 * 24, 20);
        check("once a week", |hour| u32::from(hour % (7 * 24) == 30), 10 * 24..=15 * 24, 20);
    }

    #[test]
    fn what_is_not_known_yet_raises_late_or_not_at_all() {
        let young = live(3, |hour| if hour == 0 { 500 } else { 1 });
        assert_eq!(raised_after(&young, 0, Alarm::Silent), Some(4 * 24 + 1));
        assert_eq!(flood_above(&young.habit), None);
        // A source that never had anything is silent, too.
        assert!(alarm(&live(3, |_| 0), at(3 * 24)).is_none());
        assert_eq!(alarm(&live(6, |_| 0), at(6 * 24)), Some(Alarm::Silent));
        // The first list is no habit, also when it takes hours to be read.
        let read_late = live(20, |hour| if hour < 20 { 100 } else { 1 });
        assert_eq!(read_late.habit.per_day_milli / 1000, 24);
    }

    #[test]
    fn a_crawler_that_stood_still_blames_no_source() {
        let mut state = live(21, |_| 2);
        let back = 21 * 24 + 10 * 24;
        assert_eq!(alarm(&state, at(back)), None, "nobody looked");
        poll(&mut state, back, 480);
        assert_eq!(alarm(&state, at(back)), None, "ten days' worth of news");
        assert_eq!(state.habit.per_day_milli / 1000, 48);
        assert!(silent_after(&state.habit) < SignedDuration::from_hours(48));
    }

    #[test]
    fn a_flood_ends() {
        let mut state = live(14, |_| 2);
        poll(&mut state, 14 * 24, 400);
        assert_eq!(alarm(&state, at(14 * 24)), Some(Alarm::Flooding));
        let calm = (1..=48).find(|hour| {
            poll(&mut state, 14 * 24 + hour, 2);
            alarm(&state, at(14 * 24 + hour)).is_none()
        });
        assert!(calm.is_some_and(|hours| hours <= 24), "{calm:?}");
    }

    proptest! {
        #[test]
        fn any_history_is_learned_from(polls in proptest::collection::vec((-1_000_000_i64..10_000_000, any::<u32>()), 0..50)) {
            let mut state = SourceState::fresh(SourceId::new("a").unwrap());
            for (hour, new) in polls {
                poll(&mut state, hour, new);
                let after = silent_after(&state.habit);
                prop_assert!((SILENT_MIN..=SILENT_MAX).contains(&after));
            }
        }
    }
}
