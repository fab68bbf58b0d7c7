//! What went wrong with a source, in a sentence a clerk can act on, in Thai and in English.
//!
//! ```
//! use praden_crawl::health::explain;
//! use praden_model::PollFailure;
//!
//! assert!(explain(PollFailure::NotAFeed).en.contains("web page"));
//! ```

use jiff::{SignedDuration, Timestamp};
use praden_model::{PollFailure, SourceState};

use crate::habit::{flood_above, silent_after};

/// How long a source may fail before somebody has to look: outages of a night mend themselves.
const FAILING_MAX: SignedDuration = SignedDuration::from_hours(24);

/// What somebody has to look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Alarm {
    /// It has not answered for a day.
    Failing,
    /// It answers, and has had nothing new for much longer than is its habit: the outlet may have moved its feed and left the old one standing.
    Silent,
    /// It brings far more than is its habit: an archive put online again, or a site taken over by advertisers.
    Flooding,
    /// The outlet says that it is gone for good.
    Gone,
}

impl Alarm {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Failing, Self::Silent, Self::Flooding, Self::Gone];

    /// The name used in output, metrics and the log.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Silent => "silent",
            Self::Flooding => "flooding",
            Self::Gone => "gone",
        }
    }

    /// What it means and what to do about it.
    pub const fn explain(self) -> Explanation {
        let (th, en) = match self {
            Self::Failing => (
                "แหล่งข่าวนี้ล้มเหลวติดต่อกันเกินหนึ่งวัน โปรดตรวจสอบสาเหตุ",
                "This source has failed for more than a day. Look at the cause.",
            ),
            Self::Silent => (
                "แหล่งข่าวตอบปกติแต่ไม่มีข่าวใหม่นานผิดปกติ สำนักข่าวอาจย้ายฟีดไปที่อื่น",
                "The source answers but has had nothing new for much longer than usual. The outlet may have moved its feed.",
            ),
            Self::Flooding => (
                "แหล่งข่าวส่งข่าวใหม่มากผิดปกติภายในวันเดียว อาจนำข่าวเก่ากลับมาหรือถูกผู้อื่นใช้ลงโฆษณา โปรดตรวจสอบ",
                "The source brings far more new articles in a day than usual: perhaps old ones again, or advertising. Look at them.",
            ),
            Self::Gone => (
                "สำนักข่าวแจ้งว่าเลิกให้บริการแหล่งนี้แล้ว โปรดหาแหล่งใหม่หรือปิดไว้",
                "The outlet says that this source is gone for good. Find another, or disable it.",
            ),
        };
        Explanation { th, en }
    }
}

/// Whether somebody has to look at a source.
pub fn alarm(state: &SourceState, now: Timestamp) -> Option<Alarm> {
    match &state.failure {
        Some((PollFailure::Gone, _)) => Some(Alarm::Gone),
        // A source that never answered has no last success: then how often it was tried tells.
        Some(_) => {
            let long =
                state.succeeded_at.map_or(state.failures >= 10, |at| now.duration_since(at) > FAILING_MAX);
            long.then_some(Alarm::Failing)
        }
        None => {
            // Up to the last poll, not to now: a crawler that stands still hears no news from anyone.
            let quiet = state.succeeded_at.zip(state.news_at.or(state.habit.since));
            let silent =
                quiet.is_some_and(|(seen, news)| seen.duration_since(news) > silent_after(&state.habit));
            let flooding = flood_above(&state.habit).is_some_and(|most| state.habit.day_new > most);
            if silent { Some(Alarm::Silent) } else { flooding.then_some(Alarm::Flooding) }
        }
    }
}

/// An alarm that began or ended with a poll.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
pub struct AlarmChange {
    /// The alarm that ended.
    pub ended: Option<Alarm>,
    /// The alarm that began.
    pub began: Option<Alarm>,
}

/// What a poll changed, from the states that it found and left. Each state is judged at the time of its own poll, so
/// that beginning and end are told once each, whichever process polls.
pub fn alarm_change(before: &SourceState, after: &SourceState) -> Option<AlarmChange> {
    let judge = |state: &SourceState| state.polled_at.and_then(|at| alarm(state, at));
    let (ended, began) = (judge(before), judge(after));
    (ended != began).then_some(AlarmChange { ended, began })
}

/// A sentence in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// In Thai.
    pub th: &'static str,
    /// In English.
    pub en: &'static str,
}

/// What a failure means and what to do about it.
pub const fn explain(failure: PollFailure) -> Explanation {
    let (th, en) = match failure {
        PollFailure::Unreachable => (
            "ติดต่อเซิร์ฟเวอร์ไม่ได้ ระบบจะลองใหม่เอง หากเป็นนานให้ตรวจว่าที่อยู่ของแหล่งข่าวเปลี่ยนไปหรือไม่",
            "The server cannot be reached. It is tried again by itself; if this lasts, check whether the source has moved.",
        ),
        PollFailure::Timeout => (
            "เซิร์ฟเวอร์ตอบช้าเกินกำหนด ระบบจะลองใหม่เอง",
            "The server took too long to answer. It is tried again by itself.",
        ),
        PollFailure::ClientError => (
            "เซิร์ฟเวอร์ปฏิเสธคำขอหรือไม่พบหน้านี้ ให้ตรวจที่อยู่ของแหล่งข่าว หรือขออนุญาตจากสำนักข่าว",
            "The server refuses the request or has no such page. Check the source's address, or ask the outlet for permission.",
        ),
        PollFailure::Gone => (
            "เซิร์ฟเวอร์แจ้งว่าแหล่งข่าวนี้เลิกให้บริการแล้ว ระบบจะไม่ถามอีกจนกว่าจะมีผู้สั่ง",
            "The server says that this source is gone for good. It is not asked again until a person says so.",
        ),
        PollFailure::Throttled => {
            ("เซิร์ฟเวอร์ขอให้รอ ระบบจะรอตามเวลาที่ขอ", "The server asks us to wait. The wait is kept.")
        }
        PollFailure::ServerError => (
            "เซิร์ฟเวอร์ของแหล่งข่าวขัดข้อง ระบบจะลองใหม่เอง",
            "The source's server has a fault. It is tried again by itself.",
        ),
        PollFailure::AddressForbidden => (
            "ที่อยู่นี้ไม่ใช่ที่อยู่สาธารณะหรือใช้พอร์ตที่ไม่อนุญาต หากเป็นระบบภายในให้ระบุไว้ในไฟล์ไปป์ไลน์",
            "The address is not public, or its port is not allowed. Name it in the pipeline file if it is inside your network.",
        ),
        PollFailure::Redirects => (
            "ถูกส่งต่อหลายทอดเกินไปหรือวนซ้ำ ให้ตรวจที่อยู่ของแหล่งข่าว",
            "There are too many redirects, or they go in circles. Check the source's address.",
        ),
        PollFailure::TooLarge => (
            "ข้อมูลมีขนาดใหญ่เกินกำหนด ให้ตรวจว่าเป็นที่อยู่ของฟีดจริงหรือไม่",
            "The answer is over the size limit. Check whether this is really the feed's address.",
        ),
        PollFailure::Robots => (
            "ไฟล์ robots.txt ของสำนักข่าวไม่อนุญาตให้เก็บ หรืออ่านไฟล์นั้นไม่ได้ ให้ขออนุญาตจากสำนักข่าว",
            "The outlet's robots.txt forbids it, or cannot be had. Ask the outlet for permission.",
        ),
        PollFailure::NotAFeed => (
            "ได้หน้าเว็บหรือข้อมูลอย่างอื่นแทนฟีด สำนักข่าวอาจย้ายฟีดหรือกันโปรแกรมเก็บข้อมูล",
            "A web page or something else came instead of a feed. The outlet may have moved it, or keeps crawlers out.",
        ),
        PollFailure::Unreadable => (
            "ได้ข้อมูลมาแต่อ่านไม่ได้หรือว่างเปล่า ให้ดูรายละเอียดด้วยคำสั่ง praden source test",
            "An answer came that is empty or cannot be read. See `praden source test` for the details.",
        ),
    };
    Explanation { th, en }
}

#[cfg(test)]
mod tests {
    use super::*;
    use praden_model::SourceId;

    #[track_caller]
    fn check(
        succeeded: Option<&str>,
        news: Option<&str>,
        failure: Option<PollFailure>,
        failures: u32,
        want: Option<Alarm>,
    ) {
        let at = |written: &str| written.parse::<Timestamp>().unwrap();
        let state = SourceState {
            succeeded_at: succeeded.map(at),
            news_at: news.map(at),
            failures,
            failure: failure.map(|failure| (failure, String::new())),
            ..SourceState::fresh(SourceId::new("a").unwrap())
        };
        assert_eq!(alarm(&state, at("2024-01-15T00:00:00Z")), want, "{state:?}");
    }

    #[test]
    fn what_lasts_raises_an_alarm() {
        let (just, day_ago, week_ago) =
            ("2024-01-14T23:00:00Z", "2024-01-13T23:00:00Z", "2024-01-08T00:00:00Z");
        check(Some(just), Some(just), None, 0, None);
        check(Some(just), Some(week_ago), None, 0, Some(Alarm::Silent));
        check(Some(just), None, Some(PollFailure::Timeout), 3, None);
        check(Some(day_ago), Some(day_ago), Some(PollFailure::NotAFeed), 9, Some(Alarm::Failing));
        check(None, None, Some(PollFailure::Unreachable), 2, None);
        check(None, None, Some(PollFailure::Unreachable), 10, Some(Alarm::Failing));
        check(Some(just), Some(just), Some(PollFailure::Gone), 1, Some(Alarm::Gone));
        check(None, None, None, 0, None);
    }

    #[test]
    fn an_alarm_begins_once_and_ends_once() {
        let at = |hour: i64| Some(Timestamp::from_second(hour * 3600).unwrap());
        let fresh = SourceState::fresh(SourceId::new("a").unwrap());
        let state = |polled, succeeded, failed: bool| SourceState {
            polled_at: at(polled),
            succeeded_at: at(succeeded),
            news_at: at(succeeded),
            failure: failed.then(|| (PollFailure::Timeout, String::new())),
            ..fresh.clone()
        };
        let days = [
            fresh.clone(),
            state(1, 1, false),
            state(20, 1, true),
            state(30, 1, true),
            state(40, 1, true),
            state(50, 50, false),
            state(51, 51, false),
        ];
        let told: Vec<_> = days.windows(2).map(|pair| alarm_change(&pair[0], &pair[1])).collect();
        let began = AlarmChange { ended: None, began: Some(Alarm::Failing) };
        let ended = AlarmChange { ended: Some(Alarm::Failing), began: None };
        assert_eq!(told, [None, None, Some(began), None, Some(ended), None]);
    }
}
