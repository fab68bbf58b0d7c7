//! What things are called on the pages: Thai first, English beside it; dates in the Buddhist Era at +07:00.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;
use praden_model::{
    DateTrust, DropReason, Fact, IssueKind, IssueState, PollFailure, Published, ReasonKind, SignalName,
    SourceKind, VerdictKind,
};
use praden_text::Precision;

/// A name in both languages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Name {
    pub(crate) th: &'static str,
    pub(crate) en: &'static str,
}

const fn name(th: &'static str, en: &'static str) -> Name {
    Name { th, en }
}

pub(crate) const fn state(state: IssueState) -> Name {
    match state {
        IssueState::Candidate => name("รอพิจารณา", "candidate"),
        IssueState::Accepted => name("รับเรื่องแล้ว", "accepted"),
        IssueState::Assigned => name("มอบหมายแล้ว", "assigned"),
        IssueState::Reported => name("หน่วยงานรายงานแล้ว", "reported"),
        IssueState::Closed => name("ปิดเรื่อง", "closed"),
        IssueState::Dismissed => name("ไม่ต้องชี้แจง", "dismissed"),
        IssueState::Merged => name("รวมกับประเด็นอื่นแล้ว", "merged into another"),
        IssueState::Resting => name("เงียบไปแล้ว", "resting"),
    }
}

pub(crate) const fn kind(kind: IssueKind) -> Name {
    match kind {
        IssueKind::Complaint => name("ร้องเรียน", "complaint"),
        IssueKind::Criticism => name("วิพากษ์วิจารณ์", "criticism"),
        IssueKind::RumourOrFake => name("ข่าวลือ ข่าวปลอม", "rumour or fake"),
        IssueKind::Safety => name("ความปลอดภัย", "safety"),
        IssueKind::PolicyConfusion => name("ความเข้าใจนโยบาย", "policy confusion"),
        IssueKind::Corruption => name("ทุจริต", "corruption"),
    }
}

pub(crate) const fn signal(signal: SignalName) -> Name {
    match signal {
        SignalName::Outlets => name("จำนวนสื่อที่เสนอ", "outlets"),
        SignalName::Speed => name("ความเร็วของข่าว", "speed"),
        SignalName::Burst => name("หน่วยงานเป็นข่าวถี่ผิดปกติ", "burst"),
        SignalName::Complaint => name("ถ้อยคำร้องเรียน", "complaint"),
        SignalName::Criticism => name("ถ้อยคำวิจารณ์", "criticism"),
        SignalName::Danger => name("ถ้อยคำอันตราย", "danger"),
        SignalName::Corruption => name("ถ้อยคำทุจริต", "corruption"),
        SignalName::Rumour => name("ถ้อยคำข่าวลือ", "rumour"),
        SignalName::Denial => name("ถ้อยคำปฏิเสธหรือชี้แจง", "denial"),
        SignalName::Confusion => name("ถ้อยคำสับสน", "confusion"),
        SignalName::Attributed => name("อ้างเพจหรือโพสต์", "attributed to pages and posts"),
        SignalName::Recirculation => name("เรื่องเก่าวนกลับมา", "an old claim again"),
        SignalName::Contradiction => name("ขัดกับคำชี้แจงของทางการ", "contradicts an official statement"),
        SignalName::Silence => name("ทางการยังไม่ชี้แจง", "no official word so far"),
        SignalName::Prominence => name("ความเด่นของหน่วยงาน", "prominence"),
        SignalName::Routine => name("ข่าวงานประจำ (หักคะแนน)", "routine (takes points away)"),
        SignalName::Decay => name("ไม่มีข่าวเพิ่ม (หักคะแนน)", "nothing more heard (takes points away)"),
    }
}

pub(crate) const fn event(fact: &Fact) -> Name {
    match fact {
        Fact::Raised(_) => name("ระบบยกประเด็นขึ้น", "raised"),
        Fact::Updated { .. } => name("มีข่าวเพิ่มหรือแก้ไข", "updated"),
        Fact::StoryMerged { .. } => name("รวมกับอีกเรื่องหนึ่ง", "another story joined"),
        Fact::StorySplit { .. } => name("แยกข่าวบางส่วนเป็นอีกเรื่อง", "split"),
        Fact::Merged { .. } => name("รวมเข้ากับประเด็นอื่น", "merged into another issue"),
        Fact::CampaignReturned { .. } => name("เรื่องเก่าวนกลับมา", "an old claim returned"),
        Fact::Rested { .. } => name("ไม่มีข่าวเพิ่ม พักประเด็นไว้", "rested: nothing more was heard"),
        Fact::Resumed { .. } => name("มีข่าวเพิ่ม กลับมาเป็นประเด็น", "resumed: its story goes on"),
        Fact::Accepted { .. } => name("รับเรื่อง", "accepted"),
        Fact::Dismissed { .. } => name("เห็นว่าไม่ต้องชี้แจง", "dismissed"),
        Fact::Assigned { .. } => name("มอบหมายหน่วยงาน", "assigned"),
        Fact::Reported { .. } => name("หน่วยงานรายงาน", "reported"),
        Fact::Closed { .. } => name("ปิดเรื่อง", "closed"),
    }
}

pub(crate) const fn verdict(says: VerdictKind) -> Name {
    match says {
        VerdictKind::False => name("ตรวจสอบแล้วว่าไม่จริง", "judged false"),
        VerdictKind::Misleading => name("ตรวจสอบแล้วว่าบิดเบือน", "judged misleading"),
        VerdictKind::True => name("ตรวจสอบแล้วว่าจริง", "judged true"),
    }
}

pub(crate) const fn reason(reason: ReasonKind) -> Name {
    match reason {
        ReasonKind::Founded => name("ข่าวแรกของเรื่อง", "first of the story"),
        ReasonKind::Copy => name("ข้อความซ้ำกับข่าวก่อนหน้า", "copy of an earlier article"),
        ReasonKind::SharedTerms => name("คำร่วมกัน", "shared words"),
        ReasonKind::Revision => name("ฉบับแก้ไข", "revision"),
    }
}

pub(crate) const fn source_kind(kind: SourceKind) -> Name {
    match kind {
        SourceKind::Feed => name("ฟีด", "feed"),
        SourceKind::Sitemap => name("แผนผังเว็บไซต์ข่าว", "news sitemap"),
        SourceKind::Listing => name("หน้ารวมข่าว", "listing page"),
    }
}

pub(crate) const fn failure(failure: PollFailure) -> Name {
    match failure {
        PollFailure::Unreachable => name("ติดต่อเครื่องแม่ข่ายไม่ได้", "the host does not answer"),
        PollFailure::Timeout => name("ไม่ตอบภายในเวลาที่กำหนด", "no answer in time"),
        PollFailure::ClientError => name("เว็บไซต์ปฏิเสธคำขอ (4xx)", "the site refused (4xx)"),
        PollFailure::Gone => name("เว็บไซต์แจ้งว่าเลิกใช้ถาวร (410)", "gone for good (410)"),
        PollFailure::Throttled => name("เว็บไซต์ขอให้รอ", "the site asks to wait"),
        PollFailure::ServerError => name("เว็บไซต์ขัดข้อง (5xx)", "the site is broken (5xx)"),
        PollFailure::AddressForbidden => name("ที่อยู่ไม่ได้รับอนุญาต", "the address is not allowed"),
        PollFailure::Redirects => name("ส่งต่อหลายทอดเกินไป", "too many redirects"),
        PollFailure::TooLarge => name("ข้อมูลใหญ่เกินกำหนด", "larger than the limit"),
        PollFailure::Robots => name("robots.txt ไม่อนุญาต", "robots.txt forbids it"),
        PollFailure::NotAFeed => name("ได้ข้อมูลที่ไม่ใช่ฟีด", "something else than a feed came"),
        PollFailure::Unreadable => name("อ่านฟีดไม่ได้", "the feed cannot be read"),
    }
}

pub(crate) const fn dropped(reason: DropReason) -> Name {
    match reason {
        DropReason::NotJson => name("บรรทัดไม่ใช่ JSON", "the line is not JSON"),
        DropReason::WrongField => name("ชนิดข้อมูลในช่องไม่ถูกต้อง", "a field of the wrong type"),
        DropReason::LineTooLong => name("บรรทัดยาวเกินกำหนด", "the line is too long"),
        DropReason::Empty => name("ไม่มีทั้งพาดหัวและเนื้อข่าว", "neither title nor text"),
        DropReason::Unnamed => name("ไม่มีทั้ง URL และรหัส", "neither URL nor identifier"),
        DropReason::BadUrl => name("URL ใช้ไม่ได้", "the URL cannot name an article"),
        DropReason::Robots => name("robots.txt ไม่อนุญาต", "robots.txt forbids it"),
        DropReason::FetchFailed => name("ดึงหน้าเว็บไม่ได้", "the page could not be fetched"),
        DropReason::NoArticle => name("หน้าเว็บไม่มีข่าว", "the page has no article"),
        DropReason::OverLimit => {
            name("เกินจำนวนต่อรอบ จะมารอบหน้า", "over the limit of one poll; comes with the next")
        }
    }
}

/// An instant as a reader in Thailand writes it, and as a machine does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Moment {
    pub(crate) iso: String,
    pub(crate) th: String,
}

const MONTHS: [&str; 12] =
    ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."];

/// What Buddhist Era years are ahead of those of the Common Era.
const BUDDHIST_ERA: i32 = 543;

impl Moment {
    /// To the minute.
    pub(crate) fn of(at: Timestamp) -> Self {
        Self::to(at, Precision::Minute)
    }

    /// A publication whose precision is not at hand. Midnight sharp is how a day without a time is kept; so few articles
    /// come out at that very second that the day alone is the better guess.
    pub(crate) fn of_publication(at: Timestamp) -> Self {
        let midnight = Offset::constant(7).to_datetime(at).time() == jiff::civil::Time::midnight();
        Self::to(at, if midnight { Precision::Day } else { Precision::Minute })
    }

    fn to(at: Timestamp, precision: Precision) -> Self {
        let offset = Offset::constant(7);
        let local: DateTime = offset.to_datetime(at);
        let month = usize::try_from(local.month() - 1)
            .ok()
            .and_then(|month| MONTHS.get(month))
            .copied()
            .unwrap_or("");
        let (year, day) = (i32::from(local.year()) + BUDDHIST_ERA, local.day());
        let th = match precision {
            Precision::Year => format!("{year}"),
            Precision::Month => format!("{month} {year}"),
            Precision::Day => format!("{day} {month} {year}"),
            Precision::Hour | Precision::Minute | Precision::Second => {
                format!("{day} {month} {year} {:02}:{:02} น.", local.hour(), local.minute())
            }
        };
        let iso = match precision {
            Precision::Year => local.strftime("%Y").to_string(),
            Precision::Month => local.strftime("%Y-%m").to_string(),
            Precision::Day => local.strftime("%Y-%m-%d").to_string(),
            Precision::Hour | Precision::Minute | Precision::Second => {
                at.display_with_offset(offset).to_string()
            }
        };
        Self { iso, th }
    }
}

/// A publication date and how far to believe it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Dated {
    /// The date, if there is one that is not impossible.
    pub(crate) moment: Option<Moment>,
    /// What the reader should know about it.
    pub(crate) note: Option<Name>,
    /// What was written, where it could not be believed.
    pub(crate) written: String,
}

impl Dated {
    pub(crate) fn of(published: Option<&Published>) -> Self {
        let Some(published) = published else {
            return Self {
                moment: None, note: Some(name("ไม่มีวันที่", "undated")), written: String::new()
            };
        };
        let moment = Moment::to(published.at, published.precision);
        match published.trust {
            DateTrust::Trusted => Self { moment: Some(moment), note: None, written: String::new() },
            DateTrust::Doubtful => Self {
                moment: Some(moment),
                note: Some(name("วันที่ไม่แน่ชัด", "doubtful date")),
                written: String::new(),
            },
            DateTrust::Rejected => Self {
                moment: None,
                note: Some(name("วันที่เป็นไปไม่ได้", "impossible date")),
                written: published.written.clone(),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use praden_model::DateOrigin;

    use super::*;

    #[test]
    fn dates_are_written_in_the_buddhist_era_at_seven_hours_east() {
        let check = |at: &str, precision: Precision, th: &str, iso: &str| {
            let moment = Moment::to(at.parse().expect("an instant"), precision);
            assert_eq!((moment.th.as_str(), moment.iso.as_str()), (th, iso), "{at} {precision:?}");
        };
        check(
            "2026-11-23T04:07:30Z",
            Precision::Minute,
            "23 พ.ย. 2569 11:07 น.",
            "2026-11-23T11:07:30+07:00",
        );
        check("2026-12-31T17:00:00Z", Precision::Day, "1 ม.ค. 2570", "2027-01-01");
        check("2026-05-31T17:00:00Z", Precision::Month, "มิ.ย. 2569", "2026-06");
        check("2025-12-31T17:00:00Z", Precision::Year, "2569", "2026");
        // The last instant there is.
        check(
            "9999-12-30T22:00:00Z",
            Precision::Minute,
            "31 ธ.ค. 10542 05:00 น.",
            "9999-12-31T05:00:00+07:00",
        );
    }

    #[test]
    fn a_day_without_a_time_gets_none() {
        let th = |at: &str| Moment::of_publication(at.parse().expect("an instant")).th;
        assert_eq!(th("2026-11-22T17:00:00Z"), "23 พ.ย. 2569");
        assert_eq!(th("2026-11-22T17:01:00Z"), "23 พ.ย. 2569 00:01 น.");
    }

    #[test]
    fn a_date_says_how_far_to_believe_it() {
        let published = |trust| Published {
            at: "2026-11-22T17:00:00Z".parse().expect("an instant"),
            precision: Precision::Day,
            origin: DateOrigin::PageText,
            trust,
            written: "23 พ.ย. 69".into(),
        };
        let check =
            |published: Option<Published>, moment: Option<&str>, note: Option<&str>, written: &str| {
                let dated = Dated::of(published.as_ref());
                assert_eq!(dated.moment.map(|moment| moment.th).as_deref(), moment);
                assert_eq!(dated.note.map(|note| note.en), note);
                assert_eq!(dated.written, written);
            };
        check(None, None, Some("undated"), "");
        check(Some(published(DateTrust::Trusted)), Some("23 พ.ย. 2569"), None, "");
        check(Some(published(DateTrust::Doubtful)), Some("23 พ.ย. 2569"), Some("doubtful date"), "");
        check(Some(published(DateTrust::Rejected)), None, Some("impossible date"), "23 พ.ย. 69");
    }
}
