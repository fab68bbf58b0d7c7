use super::*;

/// Every row of the specification: value, precision, calendar.
#[test]
fn the_rows_of_the_specification_hold() {
    let base: Timestamp = BASE.parse().expect("a base");
    let rows = include_str!("rows.tsv").lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let mut count = 0;
    let mut wrong = Vec::new();
    for row in rows {
        let (text, want) = row.split_once('\t').expect("a row has a text and a value");
        let found = parse_date(text, base);
        let got = found.map_or("null".to_owned(), |found| {
            let calendar = found.calendar.map_or("-", Calendar::as_str);
            format!("{}\t{}\t{calendar}", found.value, found.precision)
        });
        let has_span =
            found.is_none_or(|found| text.get(found.start..found.end).is_some_and(|span| !span.is_empty()));
        if got != want || !has_span {
            wrong.push(format!("{text:?}\n   got {got}\n  want {want}"));
        }
        count += 1;
    }
    assert!(wrong.is_empty(), "{} of {count} rows are wrong:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 700, "only {count} rows were read");
}

/// The rows of the shared date suite, when it is there: value, precision and calendar.
#[test]
fn the_shared_suite_passes() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/suites/dates/dates.jsonl");
    let Ok(suite) = std::fs::read_to_string(path) else {
        eprintln!("skipped: {path} is not there");
        return;
    };
    let field = |line: &str, name: &str| {
        let start = line.find(&format!("\"{name}\": ")).expect("a field") + name.len() + 4;
        let rest = &line[start..];
        rest.strip_prefix('"').map(|rest| rest[..rest.find('"').expect("a closing quote")].to_owned())
    };
    let mut wrong = Vec::new();
    for line in suite.lines() {
        let base: Timestamp = field(line, "base").expect("a base").parse().expect("an instant");
        let found = parse_date(&field(line, "text").expect("a text"), base);
        let is_same = |got: &str, want: &str| match (got.parse::<Timestamp>(), want.parse::<Timestamp>()) {
            (Ok(got), Ok(want)) => got == want,
            _ => got == want,
        };
        let is_right = match (found, field(line, "expect")) {
            (None, None) => true,
            (Some(found), Some(want)) => {
                is_same(&found.value.to_string(), &want)
                    && Some(found.precision.as_str().to_owned()) == field(line, "precision")
                    && found.calendar.map(|calendar| calendar.as_str().to_owned()) == field(line, "calendar")
            }
            _ => false,
        };
        if !is_right {
            wrong.push(format!("{line}\n   got {:?}", found.map(|found| (found.value.to_string(), found))));
        }
    }
    eprintln!("{} of {} rows", suite.lines().count() - wrong.len(), suite.lines().count());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

const BASE: &str = "2024-01-20T09:00:00+07:00"; // A Saturday.

/// What a date means depends on the base alone: its day in Bangkok, its year for two figures.
#[test]
fn the_base_decides_what_is_left_open() {
    #[track_caller]
    fn check(base: &str, text: &str, want: &str) {
        let found = parse_date(text, base.parse().expect("a base"));
        assert_eq!(found.map(|found| found.value.to_string()).as_deref(), Some(want), "{text:?} at {base}");
    }
    check("2024-01-14T18:00:00Z", "วันนี้", "2024-01-15"); // Past midnight in Bangkok.
    check("2024-01-14T16:59:59Z", "วันนี้", "2024-01-14");
    check("2024-03-01T08:00:00+07:00", "เมื่อวานนี้", "2024-02-29");
    check("2024-03-31T08:00:00+07:00", "เดือนที่แล้ว", "2024-02");
    check("2024-12-31T10:00:00+07:00", "พรุ่งนี้", "2025-01-01");
    check("2025-01-01T10:00:00+07:00", "สัปดาห์ที่แล้ว", "2024-12-23/2024-12-29");
    check("2024-02-10T10:00:00+07:00", "เมื่อวันที่ 31", "2024-01-31");
    check("2024-03-10T10:00:00+07:00", "เมื่อวันที่ 30", "2024-01-30"); // February has none.
    check("2024-03-10T10:00:00+07:00", "15 ม.ค. 24", "2024-01-15");
    check("2010-03-10T10:00:00+07:00", "15 ม.ค. 53", "2010-01-15");
    check("1990-03-10T10:00:00+07:00", "15 ม.ค. 33", "1990-01-15");
    check("2024-01-20T09:23:45+07:00", "2 ชั่วโมงที่แล้ว", "2024-01-20T07:23:45+07:00");
    check("2026-11-23T09:00:00+07:00", "20 พ.ย.", "2026-11-20"); // A Monday.
    check("2026-11-23T09:00:00+07:00", "วันจันทร์นี้", "2026-11-23");
    check("2026-11-23T09:00:00+07:00", "วันจันทร์หน้า", "2026-11-30");
    check("2026-11-23T09:00:00+07:00", "วันจันทร์ที่แล้ว", "2026-11-16");
    check("2026-11-29T09:00:00+07:00", "สัปดาห์นี้", "2026-11-23/2026-11-29"); // A Sunday ends its week.
}

#[test]
fn dates_in_running_text_keep_their_spans() {
    #[track_caller]
    fn check(text: &str, want: &[(&str, &str)]) {
        let found = find_dates(text, BASE.parse().unwrap());
        let got: Vec<_> =
            found.iter().map(|found| (&text[found.start..found.end], found.value.to_string())).collect();
        let got: Vec<_> = got.iter().map(|(span, value)| (*span, value.as_str())).collect();
        assert_eq!(got, want, "{text}");
    }
    check(
        "เมื่อวันที่ ๕ ม.ค. ๖๗ ที่ประชุม ก.พ. มีมติ และวันที่ 9 ก.พ. 2567 จะประชุม 60 คน",
        &[("เมื่อวันที่ ๕ ม.ค. ๖๗", "2024-01-05"), ("วันที่ 9 ก.พ. 2567", "2024-02-09")],
    );
    check(
        "วันนี้ (15 ม.ค. 67) เวลา 8.30 น. ณ ทำเนียบ",
        &[("วันนี้ (15 ม.ค. 67) เวลา 8.30 น.", "2024-01-15T08:30:00+07:00")],
    );
    check("ผู้ป่วย 20 ม.ค. 30 คน", &[("20 ม.ค.", "2024-01-20")]);
    check("พ.ร.บ. คอมพิวเตอร์ พ.ศ. 2550 และแผนปี 2567", &[("พ.ศ. 2550", "2007"), ("ปี 2567", "2024")]);
    check("ราคา 14.30 บาท เลขที่ 15/2567 โทร. 02-123-4567 รุ่น 1.2.63", &[]);
    check("31 ก.พ. 2567 แล้ว 1 มี.ค. 2567", &[("1 มี.ค. 2567", "2024-03-01")]);
    check("ทุกวันนี้ อีก 3 วันจะครบ 15 วัน และ 3 วันก่อนเลือกตั้ง", &[]);
    check("ฉบับที่ 5 ข้อ 12.01.67 และ v2.10.24", &[]);
    check(
        "จัดวันที่ 4, 5 และ 6 ม.ค. 68 เวลา 09.00-12.00 น. ที่ จ.เลย",
        &[
            ("วันที่ 4", "2025-01-04"),
            ("5", "2025-01-05"),
            ("6 ม.ค. 68 เวลา 09.00-12.00 น.", "2025-01-06T09:00:00+07:00/2025-01-06T12:00:00+07:00"),
        ],
    );
    check("สำนักงาน ก.พ. 2567 และ ก.พ. 60 คน", &[]);
    check("2. กค. เห็นชอบ 2 กค. 67", &[("2 กค. 67", "2024-07-02")]);
    check("held since 2018 at the Conference 2022, CE 2020", &[("CE 2020", "2020")]);
    check("ช่วง 1-2 ปีที่ผ่านมา หลายปีที่ผ่านมา 2 ปี ก่อนยื่น", &[]);
    check(
        "ช่วง (พ.ค. - ก.ค. 65) เดือน ก.ย. 64 มีน้ำ",
        &[("พ.ค. - ก.ค. 65", "2022-05/2022-07"), ("เดือน ก.ย. 64", "2021-09")],
    );
    check("เมื่อคืนวันศุกร์ที่ผ่านมา", &[("วันศุกร์ที่ผ่านมา", "2024-01-19")]);
    check("สัปดาห์หน้า กับเดือนมีนาคมนี้", &[("สัปดาห์หน้า", "2024-01-22/2024-01-28"), ("เดือนมีนาคมนี้", "2024-03")]);
    check("นํ้า\u{200B}ท่วม ๒๕ ก.พ. ๒๕๖๐", &[("๒๕ ก.พ. ๒๕๖๐", "2017-02-25")]);
    check("", &[]);
}

#[test]
fn long_texts_are_linear() {
    let base = BASE.parse().unwrap();
    for piece in [
        "สอง",
        "1, ",
        "1 ชม. ",
        "a ",
        "ตี",
        "ข้อ 1/",
        "2566-",
        "1",
        "1-",
        "1 ม.ค. ",
        "วัน",
        "เวลา ",
        "12:",
        "ก.พ.",
        "4-6-",
        "พ.ศ. ",
        "Mon ",
        "1.1.",
        " - ",
    ] {
        let found = find_dates(&piece.repeat(5_000), base);
        assert!(found.len() <= 5_000);
    }
}

proptest::proptest! {
    #[test]
    fn any_text_is_read_without_harm(text in "([0-9๐-๙]{1,4}|[ ./:,()–-]|ม\\.ค\\.|ก\\.พ\\.|พ\\.ศ\\.|น\\.|วันที่|เมื่อ|นี้|โมง|Jan|GMT|\\+07|T|ที่แล้ว|ปี|[ก-๛]|\u{200B}|.){0,14}") {
        let base = BASE.parse().unwrap();
        let mut last = 0;
        for found in find_dates(&text, base) {
            proptest::prop_assert!(found.start >= last && found.start < found.end && text.get(found.start..found.end).is_some());
            last = found.end;
        }
        if let Some(found) = parse_date(&text, base) {
            proptest::prop_assert!(text.get(found.start..found.end).is_some());
            let _ = found.value.to_string();
        }
    }
}
