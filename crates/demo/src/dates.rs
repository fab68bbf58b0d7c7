//! How outlets write the time. Pure; all times are shown in Bangkok time (+07:00), as Thai outlets do.

use jiff::{Timestamp, Zoned, tz};

/// Thailand has kept +07:00 without daylight saving since 1920, so a fixed offset is exact and needs no zone data.
const BANGKOK: tz::Offset = tz::Offset::constant(7);

const MONTHS_LONG: [&str; 12] = [
    "มกราคม",
    "กุมภาพันธ์",
    "มีนาคม",
    "เมษายน",
    "พฤษภาคม",
    "มิถุนายน",
    "กรกฎาคม",
    "สิงหาคม",
    "กันยายน",
    "ตุลาคม",
    "พฤศจิกายน",
    "ธันวาคม",
];
const MONTHS_SHORT: [&str; 12] =
    ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."];

fn bangkok(time: Timestamp) -> Zoned {
    time.to_zoned(tz::TimeZone::fixed(BANGKOK))
}

fn month<'a>(names: &[&'a str; 12], time: &Zoned) -> &'a str {
    names.get(usize::try_from(time.month() - 1).unwrap_or_default()).copied().unwrap_or_default()
}

/// `2026-11-22T14:30:00+07:00` (RFC 3339).
pub(crate) fn rfc3339(time: Timestamp) -> String {
    bangkok(time).strftime("%Y-%m-%dT%H:%M:%S+07:00").to_string()
}

/// `Sun, 22 Nov 2026 14:30:00 +0700` (RFC 2822, as RSS wants it).
pub(crate) fn rfc2822(time: Timestamp) -> String {
    bangkok(time).strftime("%a, %d %b %Y %H:%M:%S +0700").to_string()
}

/// `Sun, 22 Nov 2026 07:30:00 GMT` (RFC 9110, section 5.6.7).
pub(crate) fn http(time: Timestamp) -> String {
    time.to_zoned(tz::TimeZone::UTC).strftime("%a, %d %b %Y %H:%M:%S GMT").to_string()
}

/// `22 พ.ย. 2569 14.30 น.`
pub(crate) fn thai_short(time: Timestamp) -> String {
    let time = bangkok(time);
    let (day, year) = (time.day(), i32::from(time.year()) + 543);
    format!("{day} {} {year} {} น.", month(&MONTHS_SHORT, &time), time.strftime("%H.%M"))
}

/// `22 พฤศจิกายน 2569 เวลา 14:30 น.`
pub(crate) fn thai_long(time: Timestamp) -> String {
    let time = bangkok(time);
    let (day, year) = (time.day(), i32::from(time.year()) + 543);
    format!("{day} {} {year} เวลา {} น.", month(&MONTHS_LONG, &time), time.strftime("%H:%M"))
}

/// Replaces 0-9 by ๐-๙.
pub(crate) fn thai_digits(text: &str) -> String {
    text.chars()
        .map(|c| match c.to_digit(10) {
            Some(digit) => char::from_u32(u32::from('๐') + digit).unwrap_or(c),
            None => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(write: fn(Timestamp) -> String, time: &str, want: &str) {
        assert_eq!(write(time.parse().expect("an RFC 3339 time")), want, "{time}");
    }

    #[test]
    fn times_are_written_as_outlets_write_them() {
        check(rfc3339, "2026-11-22T07:30:00Z", "2026-11-22T14:30:00+07:00");
        check(rfc2822, "2026-11-22T07:30:00Z", "Sun, 22 Nov 2026 14:30:00 +0700");
        check(http, "2026-11-22T07:30:00Z", "Sun, 22 Nov 2026 07:30:00 GMT");
        check(thai_short, "2026-11-22T07:30:00Z", "22 พ.ย. 2569 14.30 น.");
        check(thai_long, "2026-01-05T02:05:00Z", "5 มกราคม 2569 เวลา 09:05 น.");
        check(thai_short, "2026-12-31T17:00:00Z", "1 ม.ค. 2570 00.00 น."); // The day and year turn at 17:00 UTC.
        assert_eq!(thai_digits("22 พ.ย. 2569"), "๒๒ พ.ย. ๒๕๖๙");
    }
}
