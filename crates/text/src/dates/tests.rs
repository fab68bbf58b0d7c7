use super::*;

#[track_caller]
fn check(base: &str, text: &str, want: Option<(&str, &str, Option<&str>)>) {
    let found = parse_date(text, base.parse().expect("a base"));
    let got = found.map(|found| {
        (found.value.to_string(), found.precision.as_str(), found.calendar.map(Calendar::as_str))
    });
    let got = got.as_ref().map(|(value, precision, calendar)| (value.as_str(), *precision, *calendar));
    assert_eq!(got, want, "{text:?} read at {base}");
    if let Some(found) = found {
        assert!(text.get(found.start..found.end).is_some_and(|span| !span.is_empty()), "{text:?}: {found:?}");
    }
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

#[test]
fn days_months_and_years_of_both_eras() {
    let day = |text, want, era| check(BASE, text, Some((want, "day", Some(era))));
    day("25 ก.พ. 60", "2017-02-25", "BE");
    day("25 กุมภาพันธ์ พ.ศ. 2560", "2017-02-25", "BE");
    day("25 ก.พ. พ.ศ.2560", "2017-02-25", "BE");
    day("25 กุมภาพันธ์ พ.ศ ๒๕๖๐", "2017-02-25", "BE");
    day("25 ก. พ. 2560", "2017-02-25", "BE");
    day("25\u{A0}ก.พ.\u{200B}2560", "2017-02-25", "BE");
    day("วันที่ 1 เดือน มกราคม พุทธศักราช 2567", "2024-01-01", "BE");
    day("1 ม.ค.67", "2024-01-01", "BE");
    day("1 มค 2567", "2024-01-01", "BE");
    day("1 มิ.ย. '66", "2023-06-01", "BE");
    day("14 ตุลา 2516", "1973-10-14", "BE");
    day("1 มกราคม 2475", "1933-01-01", "BE"); // Until 2483 the year began in April.
    day("24 มิถุนายน 2475", "1932-06-24", "BE");
    day("1 Jan 2567", "2024-01-01", "BE");
    day("01/25/2024", "2024-01-25", "CE");
    day("25/1/24", "2024-01-25", "CE");
    day("1st January 2024", "2024-01-01", "CE");
    day("Sept. 5, 2023", "2023-09-05", "CE");
    day("20240115", "2024-01-15", "CE");
    day("25670115", "2024-01-15", "BE");
    check(BASE, "มกราคม 2567", Some(("2024-01", "month", Some("BE"))));
    check(BASE, "ม.ค. 67", Some(("2024-01", "month", Some("BE"))));
    check(BASE, "March 2023", Some(("2023-03", "month", Some("CE"))));
    check(BASE, "01/2567", Some(("2024-01", "month", Some("BE"))));
    check(BASE, "พ.ศ. 2567", Some(("2024", "year", Some("BE"))));
    check(BASE, "2567", Some(("2024", "year", Some("BE"))));
    check(BASE, "ปี พ.ศ. 2567", Some(("2024", "year", Some("BE"))));
}

#[test]
fn times_and_zones() {
    let check = |text, want, precision, era| check(BASE, text, Some((want, precision, era)));
    check("1 ม.ค. 2567 เวลา 09.05 น.", "2024-01-01T09:05:00+07:00", "minute", Some("BE"));
    check("1 ม.ค. 2567, 09:05", "2024-01-01T09:05:00+07:00", "minute", Some("BE"));
    check("1 ม.ค. 2567 (09:05 น.)", "2024-01-01T09:05:00+07:00", "minute", Some("BE"));
    check("1 ม.ค. 67 14 น.", "2024-01-01T14:00:00+07:00", "hour", Some("BE"));
    check("1 ม.ค. 2567 เวลา 14.30 นาฬิกา", "2024-01-01T14:30:00+07:00", "minute", Some("BE"));
    check("1 ม.ค. 2567 บ่าย 2 โมง", "2024-01-01T14:00:00+07:00", "hour", Some("BE"));
    check("1 ม.ค. 2567 4 โมงเย็น", "2024-01-01T16:00:00+07:00", "hour", Some("BE"));
    check("1 ม.ค. 2567 เวลา 2 ทุ่มครึ่ง", "2024-01-01T20:30:00+07:00", "minute", Some("BE"));
    check("1 ม.ค. 2567 ตี 3", "2024-01-01T03:00:00+07:00", "hour", Some("BE"));
    check("1 ม.ค. 2567 เวลาเที่ยง", "2024-01-01T12:00:00+07:00", "hour", Some("BE"));
    check("1 ม.ค. 2567 เที่ยงคืน", "2024-01-02T00:00:00+07:00", "hour", Some("BE"));
    check("Mon, 01 Jan 2024 09:05:00 GMT", "2024-01-01T09:05:00+00:00", "second", Some("CE"));
    check("Mon, 01 Jan 2024 09:05:00 ICT", "2024-01-01T09:05:00+07:00", "second", Some("CE"));
    check("Mon, 01 Jan 2024 09:05:00 EST", "2024-01-01T09:05:00-05:00", "second", Some("CE"));
    check("2024-01-01 09:05:00 UTC+7", "2024-01-01T09:05:00+07:00", "second", Some("CE"));
    check("2024-01-01T09:05+07", "2024-01-01T09:05:00+07:00", "minute", Some("CE"));
    check("2024-01-01T09:05:59.999Z", "2024-01-01T09:05:59+00:00", "second", Some("CE"));
    check("20240101T090500Z", "2024-01-01T09:05:00+00:00", "second", Some("CE"));
    check("Jan 1, 2024 12:05 AM", "2024-01-01T00:05:00+07:00", "minute", Some("CE"));
    check("January 1, 2024 at 9:05 p.m.", "2024-01-01T21:05:00+07:00", "minute", Some("CE"));
    check("1704074700", "2024-01-01T09:05:00+07:00", "second", None);
    check("09:05 น. วันจันทร์ที่ 1 มกราคม 2567", "2024-01-01T09:05:00+07:00", "minute", Some("BE"));
    check("วันนี้ (1 ม.ค. 67) เวลา 09.05 น.", "2024-01-01T09:05:00+07:00", "minute", Some("BE"));
}

#[test]
fn ranges() {
    let check = |text, want, precision, era| check(BASE, text, Some((want, precision, era)));
    check("1-3 มกราคม 2567", "2024-01-01/2024-01-03", "day", Some("BE"));
    check("1 ถึง 3 ม.ค. 2567", "2024-01-01/2024-01-03", "day", Some("BE"));
    check("วันที่ 30 ธันวาคม - 2 มกราคม 2567", "2023-12-30/2024-01-02", "day", Some("BE"));
    check("30 ธ.ค. 66 ถึงวันที่ 2 ม.ค. 67", "2023-12-30/2024-01-02", "day", Some("BE"));
    check("01/01/2567 - 03/01/2567", "2024-01-01/2024-01-03", "day", Some("BE"));
    check("พ.ย. - ธ.ค. 2566", "2023-11/2023-12", "month", Some("BE"));
    check(
        "1 ม.ค. 2567 เวลา 09.00-16.30 น.",
        "2024-01-01T09:00:00+07:00/2024-01-01T16:30:00+07:00",
        "minute",
        Some("BE"),
    );
}

#[test]
fn relative_words() {
    let check = |text, want, precision| check(BASE, text, Some((want, precision, None)));
    check("เมื่อวาน", "2024-01-19", "day");
    check("วานซืน", "2024-01-18", "day");
    check("yesterday", "2024-01-19", "day");
    check("เมื่อวานนี้ เวลา 10:00 น.", "2024-01-19T10:00:00+07:00", "minute");
    check("30 นาทีที่แล้ว", "2024-01-20T08:30:00+07:00", "minute");
    check("5 ชม. ที่แล้ว", "2024-01-20T04:00:00+07:00", "hour");
    check("2 hours ago", "2024-01-20T07:00:00+07:00", "hour");
    check("1 สัปดาห์ที่แล้ว", "2024-01-13", "day");
    check("3 เดือนที่ผ่านมา", "2023-10", "month");
    check("2 ปีก่อน", "2022", "year");
    check("เดือนที่แล้ว", "2023-12", "month");
    check("ปีหน้า", "2025", "year");
    check("วันจันทร์ที่ผ่านมา", "2024-01-15", "day");
    check("วันเสาร์ที่ผ่านมา", "2024-01-13", "day");
    check("วันศุกร์นี้", "2024-01-26", "day");
    check("วันที่ 25 นี้", "2024-01-25", "day");
    check("เมื่อวันที่ 31", "2023-12-31", "day");
    check("วันที่ 5 เดือนหน้า", "2024-02-05", "day");
    check("25 ธ.ค. ปีที่แล้ว", "2023-12-25", "day");
    check("29 ก.พ.", "2020-02-29", "day");
    check("1 มีนาคมนี้", "2024-03-01", "day");
}

#[test]
fn what_is_no_date_is_refused() {
    for text in [
        "สำนักงาน ก.พ.",
        "ก.พ.ร. เห็นชอบ",
        "มาตรา 3 ก.พ.ร. กำหนด",
        "สายด่วน 1300",
        "โทร 0-2123-4567",
        "ครั้งที่ 1/2567",
        "หนังสือที่ นร 0405/ว 12",
        "32 ม.ค. 2567",
        "30/02/2567",
        "2567-13-01",
        "15 ม.ค. 2567 เวลา 25.00 น.",
        "เวลา 14.30 น.",
        "12.30 บาท",
        "2 มีคนตาย",
        "3 กยศ.",
        "มาตรา 44",
        "ร้อยละ 14.30",
        "1.2.3",
        "192.168.1.10",
        "999999999999999999999999",
        "https://example.com/2024/01/15/a",
    ] {
        check(BASE, text, None);
    }
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
    check("นํ้า\u{200B}ท่วม ๒๕ ก.พ. ๒๕๖๐", &[("๒๕ ก.พ. ๒๕๖๐", "2017-02-25")]);
    check("", &[]);
}

#[test]
fn long_texts_are_linear() {
    let base = BASE.parse().unwrap();
    for piece in ["1", "1-", "1 ม.ค. ", "วัน", "เวลา ", "12:", "ก.พ.", "4-6-", "พ.ศ. ", "Mon ", "1.1.", " - "]
    {
        let found = find_dates(&piece.repeat(20_000), base);
        assert!(found.len() <= 20_000);
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
