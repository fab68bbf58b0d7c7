//! The names of the months, for whoever writes dates or looks for their words. Reading dates is left to [`crate::dates`].
//!
//! ```
//! use praden_text::months;
//! assert_eq!(months::FULL[1], "กุมภาพันธ์");
//! assert_eq!(months::short(2), Some("ก.พ."));
//! assert_eq!(months::full(13), None);
//! ```

/// Full names, January first.
pub const FULL: [&str; 12] = [
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

/// Abbreviations with their dots, January first.
pub const SHORT: [&str; 12] =
    ["ม.ค.", "ก.พ.", "มี.ค.", "เม.ย.", "พ.ค.", "มิ.ย.", "ก.ค.", "ส.ค.", "ก.ย.", "ต.ค.", "พ.ย.", "ธ.ค."];

/// The full name of a month by its number from 1.
#[must_use]
pub fn full(month: i8) -> Option<&'static str> {
    FULL.get(usize::try_from(month).ok()?.checked_sub(1)?).copied()
}

/// The abbreviation of a month by its number from 1.
#[must_use]
pub fn short(month: i8) -> Option<&'static str> {
    SHORT.get(usize::try_from(month).ok()?.checked_sub(1)?).copied()
}
