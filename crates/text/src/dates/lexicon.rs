//! The words that dates are made of, as tables.

use jiff::civil::Weekday;

use crate::months::FULL;

/// Month names by number: the full one, letters of the abbreviation, what people say, and misspellings seen in the corpus.
pub(super) const THAI_MONTHS: [(&str, [char; 2], &str, &[&str]); 12] = [
    (FULL[0], ['ม', 'ค'], "", &["มกรา"]),
    (FULL[1], ['ก', 'พ'], "", &["กุมภาพันธุ์", "กุมภาพันธ", "กุมภา"]),
    (FULL[2], ['ม', 'ค'], "ี", &["มีนา"]),
    (FULL[3], ['ม', 'ย'], "เ", &["เมษา"]),
    (FULL[4], ['พ', 'ค'], "", &["พฤศภาคม", "พฤษภา"]),
    (FULL[5], ['ม', 'ย'], "ิ", &["มิถุนา"]),
    (FULL[6], ['ก', 'ค'], "", &["กรกฏาคม", "กรกฎา"]),
    (FULL[7], ['ส', 'ค'], "", &["สิงหา"]),
    (FULL[8], ['ก', 'ย'], "", &["กันยา"]),
    (FULL[9], ['ต', 'ค'], "", &["ตุลา"]),
    (FULL[10], ['พ', 'ย'], "", &["พฤษจิกายน", "พฤศจิกา"]),
    (FULL[11], ['ธ', 'ค'], "", &["ธันวา"]),
];

pub(super) const ENGLISH_MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];

/// Weekdays: Thai, its abbreviation, English.
pub(super) const WEEKDAYS: [(&str, &str, &str, Weekday); 9] = [
    ("จันทร์", "จ.", "monday", Weekday::Monday),
    ("อังคาร", "อ.", "tuesday", Weekday::Tuesday),
    ("พุธ", "พ.", "wednesday", Weekday::Wednesday),
    ("พฤหัสบดี", "พฤ.", "thursday", Weekday::Thursday),
    ("พฤหัสฯ", "พฤหัส.", "thurs", Weekday::Thursday),
    ("พฤหัส", "พฤ", "thur", Weekday::Thursday),
    ("ศุกร์", "ศ.", "friday", Weekday::Friday),
    ("เสาร์", "ส.", "saturday", Weekday::Saturday),
    ("อาทิตย์", "อา.", "sunday", Weekday::Sunday),
];

pub(super) const BUDDHIST: &[&str] = &["พุทธศักราช", "พ.ศ.", "พ.ศ", "พ. ศ.", "พศ.", "พศ", "B.E.", "BE"];

pub(super) const COMMON: &[&str] =
    &["คริสต์ศักราช", "ค.ศ.", "ค.ศ", "ค. ศ.", "คศ.", "คศ", "A.D.", "AD", "C.E.", "CE"];

/// Words for a day, by distance from today; longer ones first.
pub(super) const DAYS: &[(&str, i64)] = &[
    ("เมื่อวานซืนนี้", -2),
    ("เมื่อวานซืน", -2),
    ("วานซืน", -2),
    ("เมื่อวานนี้", -1),
    ("เมื่อวาน", -1),
    ("วานนี้", -1),
    ("เมื่อคืนนี้", -1),
    ("เมื่อคืน", -1),
    ("คืนที่ผ่านมา", -1),
    ("เมื่อเช้านี้", 0),
    ("เมื่อเช้า", 0),
    ("เช้าวันนี้", 0),
    ("บ่ายวันนี้", 0),
    ("เย็นวันนี้", 0),
    ("ค่ำวันนี้", 0),
    ("วันนี้", 0),
    ("เช้านี้", 0),
    ("บ่ายนี้", 0),
    ("เย็นนี้", 0),
    ("ค่ำนี้", 0),
    ("คืนนี้", 0),
    ("วันพรุ่งนี้", 1),
    ("พรุ่งนี้", 1),
    ("วันมะรืนนี้", 2),
    ("วันมะรืน", 2),
    ("มะรืนนี้", 2),
    ("มะรืน", 2),
    ("yesterday", -1),
    ("today", 0),
    ("tomorrow", 1),
];

/// Eras that no rule turns into a year: Rattanakosin, Chula, Mahasakarat, Hijra.
pub(super) const OTHER_ERAS: &[&str] =
    &["ร.ศ.", "ร. ศ.", "รัตนโกสินทรศก", "จ.ศ.", "จุลศักราช", "ม.ศ.", "มหาศักราช", "ฮ.ศ."];

/// Words that make the figures behind them a number of something, whatever their shape.
pub(super) const LABELS: &[&str] = &[
    "ข้อ",
    "ข้อที่",
    "มาตรา",
    "หมวด",
    "บทที่",
    "ตอนที่",
    "หน้าที่",
    "ตารางที่",
    "ภาพที่",
    "แผนภาพที่",
    "เวอร์ชัน",
    "เวอร์ชั่น",
    "รุ่น",
    "version",
    "ver.",
    "v.",
    "เลขที่",
    "ฉบับที่",
    "ครั้งที่",
    "คำสั่งที่",
    "ประกาศที่",
    "หนังสือที่",
    "หมายเลข",
    "เลขบัญชี",
    "บัญชีเลขที่",
    "เลขบัตร",
    "โทร",
    "โทร.",
    "โทรศัพท์",
    "ราคา",
    "บ้านเลขที่",
    "No.",
    "สกอร์",
    "อัตราส่วน",
    "section",
];

/// Words before ก.พ. that make it the Civil Service Commission, also when a year follows.
pub(super) const COMMISSION: &[&str] =
    &["สำนักงาน", "เลขาธิการ", "คณะกรรมการ", "กรรมการ", "มติ", "ประกาศ", "ระเบียบ", "หนังสือ", "สนง."];

/// What is counted in the plural: two figures before it are no year.
pub(super) const COUNTED: &[&str] = &[
    "คน",
    "ราย",
    "บาท",
    "ล้าน",
    "แห่ง",
    "ครั้ง",
    "วัน",
    "ปี",
    "ชั่วโมง",
    "นาที",
    "%",
    "เปอร์เซ็นต์",
    "จังหวัด",
    "คัน",
    "ตัว",
    "ชุด",
    "หลัง",
    "ไร่",
    "ตัน",
    "กม.",
    "เมตร",
    "องศา",
    "เสียง",
    "ประเทศ",
];

/// Numbers in words, for hours and for "so many ago".
pub(super) const NUMBER_WORDS: [&str; 9] = ["หนึ่ง", "สอง", "สาม", "สี่", "ห้า", "หก", "เจ็ด", "แปด", "เก้า"];

/// A unit of "so many ago", the finest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Unit {
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
}

pub(super) const UNITS: &[(&str, Unit)] = &[
    ("วินาที", Unit::Second),
    ("นาที", Unit::Minute),
    ("ชั่วโมง", Unit::Hour),
    ("ชม.", Unit::Hour),
    ("สัปดาห์", Unit::Week),
    ("อาทิตย์", Unit::Week),
    ("วัน", Unit::Day),
    ("เดือน", Unit::Month),
    ("ปี", Unit::Year),
    ("seconds", Unit::Second),
    ("second", Unit::Second),
    ("minutes", Unit::Minute),
    ("minute", Unit::Minute),
    ("mins", Unit::Minute),
    ("hrs", Unit::Hour),
    ("hr", Unit::Hour),
    ("secs", Unit::Second),
    ("sec", Unit::Second),
    ("min", Unit::Minute),
    ("hours", Unit::Hour),
    ("hour", Unit::Hour),
    ("weeks", Unit::Week),
    ("week", Unit::Week),
    ("days", Unit::Day),
    ("day", Unit::Day),
    ("months", Unit::Month),
    ("month", Unit::Month),
    ("years", Unit::Year),
    ("year", Unit::Year),
];

/// Zone names of RFC 822 and of the region, in minutes east of UTC. Offsets in figures are read as figures.
pub(super) const ZONES: &[(&str, i32)] = &[
    ("GMT", 0),
    ("UTC", 0),
    ("UT", 0),
    ("Z", 0),
    ("ICT", 420),
    ("WIB", 420),
    ("SGT", 480),
    ("MYT", 480),
    ("HKT", 480),
    ("PHT", 480),
    ("JST", 540),
    ("KST", 540),
    ("IST", 330),
    ("MMT", 390),
    ("CET", 60),
    ("CEST", 120),
    ("BST", 60),
    ("EST", -300),
    ("EDT", -240),
    ("CST", -360),
    ("CDT", -300),
    ("MST", -420),
    ("MDT", -360),
    ("PST", -480),
    ("PDT", -420),
];

/// The years that a text may name, CE. Outside, numbers are not years.
pub(super) const YEARS: std::ops::RangeInclusive<i64> = 1000..=2399;
