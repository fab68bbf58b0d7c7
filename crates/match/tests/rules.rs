//! Stored rules: what is asked, what is refused, and that looking rules up finds exactly what asking each would.

#![expect(clippy::unwrap_used, reason = "a test stops at a rule that is not sound")]

use praden_match::{ArticleView, Example, Matcher, Places, Rule, RuleSet, parse_csv};
use praden_model::RuleId;
use praden_text::Segmenter;
use proptest::prelude::*;

fn rule(id: &str, query: &str) -> Rule {
    Rule::new(RuleId::new(id).unwrap(), query)
}

fn set(queries: &[&str]) -> RuleSet {
    let rules = queries.iter().enumerate().map(|(at, query)| rule(&format!("r{at}"), query)).collect();
    RuleSet::compile(rules, None).unwrap()
}

/// What a query shows in a text, as `clause: surface`; nothing where it does not match.
#[track_caller]
fn check(query: &str, text: &str, want: Option<&[&str]>) {
    let example = Example::new(text, Segmenter::embedded());
    let lexicon = parse_csv("id,name_th,abbr\nmoph,กระทรวงสาธารณสุข,สธ.\n").unwrap();
    let mentions = Matcher::new(&lexicon).find(example.title(), example.text());
    let places = Places::embedded().find(example.title(), example.text());
    let view = ArticleView { places: &places, ..example.view(&mentions) };
    let set = set(&[query]);
    let hits = set.find(&view);
    assert_eq!(hits, set.find_one_by_one(&view), "{query} in {text}");
    let got: Option<Vec<String>> = hits
        .first()
        .map(|hit| hit.evidence.iter().map(|place| format!("{}: {}", place.clause, place.surface)).collect());
    let got: Option<Vec<&str>> = got.as_ref().map(|shown| shown.iter().map(String::as_str).collect());
    assert_eq!(got.as_deref(), want, "{query} in {text}");
}

#[test]
fn every_operator_is_asked_and_shows_its_places() {
    check("น้ำท่วม", "น้ำท่วม หนัก", Some(&["น้ำท่วม: น้ำท่วม"]));
    check("น้ำท่วม", "ฝนตก หนัก", None);
    check("flood AND storm", "Storm and FLOOD", Some(&["storm: Storm", "flood: FLOOD"]));
    check("flood NOT drill", "flood drill", None);
    check("flood NOT drill", "flood", Some(&["flood: flood"]));
    check("flood OR fire", "a fire", Some(&["fire: fire"]));
    check("\"big flood\"", "big flood", Some(&["\"big flood\": big flood"]));
    check("\"big flood\"", "flood big", None);
    check("\"a big flood\"", "a big flood", Some(&["\"a big flood\": a big flood"]));
    check(
        "flood NEAR/2 warning",
        "flood red warning",
        Some(&["flood NEAR/2 warning: flood", "flood NEAR/2 warning: warning"]),
    );
    check("flood NEAR/1 warning", "flood red warning", None);
    check("warning ONEAR/5 flood", "flood red warning", None);
    check("floo*", "floods", Some(&["floo*: floods"]));
    check("fl*ds", "floods", Some(&["fl*ds: floods"]));
    check("=oo", "floods", Some(&["=\"oo\": oo"]));
    check("title:flood", "storm\nflood", None);
    check("text:flood", "storm\nflood", Some(&["text:flood: flood"]));
}

#[test]
fn properties_are_asked_too() {
    check("agency:moph", "สธ. แถลง", Some(&[]));
    check("agency:moph", "ศธ. แถลง", None);
    check("place:loei", "น้ำป่าที่อำเภอเชียงคาน จังหวัดเลย", Some(&[]));
    check("place:loei", "ไม่เคยเลย", None);
    check("NOT agency:moph", "ศธ. แถลง", Some(&[]));
    check("outlet:example flood", "flood", Some(&["flood: flood"]));
    check("outlet:other flood", "flood", None);
}

#[track_caller]
fn refuse(queries: &[(&str, &str)], want: &[&str]) {
    let rules = queries.iter().map(|(id, query)| rule(id, query)).collect();
    let faults = RuleSet::compile(rules, None).unwrap_err();
    let got: Vec<String> = faults.iter().map(ToString::to_string).collect();
    assert_eq!(got.len(), want.len(), "{got:#?}");
    for (got, want) in got.iter().zip(want) {
        assert!(got.contains(want), "{got} should say {want}");
    }
}

#[test]
fn what_no_rule_can_know_is_refused_all_at_once() {
    refuse(
        &[("a", "(น้ำ"), ("b", "story:st-1"), ("a", "ไฟ")],
        &["(น้ำ", "before that is known", "is there twice"],
    );
    refuse(&[("a", "ไฟ date:7d")], &["moves with the day"]);
    refuse(&[("a", "rule:b"), ("b", "kind:safety")], &["before that is known", "before that is known"]);
}

#[test]
fn rules_without_a_word_are_listed() {
    let set = set(&["น้ำ", "NOT น้ำ", "lang:en", "น้ำ OR NOT ไฟ", "น้ำ NOT ไฟ"]);
    let always: Vec<&str> = set.always().map(|rule| rule.query.as_str()).collect();
    assert_eq!(always, ["NOT น้ำ", "lang:en", "น้ำ OR NOT ไฟ"]);
}

#[test]
fn a_set_takes_over_what_it_has_in_common_with_the_one_before() {
    let before = set(&["flood", "storm"]);
    let rules = vec![rule("r0", "flood"), rule("r1", "fire"), rule("r2", "storm")];
    let after = RuleSet::compile(rules, Some(&before)).unwrap();
    let example = Example::new("flood fire storm", Segmenter::embedded());
    let names = |set: &RuleSet| -> Vec<String> {
        set.find(&example.view(&[])).iter().map(|hit| hit.rule.to_string()).collect()
    };
    assert_eq!(
        (names(&before), names(&after)),
        (vec!["r0".into(), "r1".into()], vec!["r0".into(), "r1".into(), "r2".into()])
    );
}

fn query() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "น้ำท่วม",
        "เตือน",
        "flood",
        "big",
        "\"big flood\"",
        "fl*",
        "f?ood",
        "=oo",
        "title:flood",
        "text:(big OR เตือน)",
        "\"a big flood\"",
        "place:loei",
        "lang:th",
        "outlet:example",
    ]);
    let leaf = prop_oneof![
        4 => word.prop_map(str::to_owned),
        1 => (prop::sample::select(vec!["น้ำท่วม", "flood", "\"big flood\""]), 1..6_u8, prop::bool::ANY, prop::sample::select(vec!["เตือน", "(big OR เตือน)", "a"]))
            .prop_map(|(left, distance, ordered, right)| format!("{left} {}NEAR/{distance} {right}", if ordered { "O" } else { "" })),
    ];
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) AND ({b})")),
            (inner.clone(), inner.clone()).prop_map(|(a, b)| format!("({a}) OR ({b})")),
            inner.prop_map(|a| format!("NOT ({a})")),
        ]
    })
}

proptest! {
    #[test]
    fn looking_up_finds_what_asking_each_finds(
        queries in prop::collection::vec(query(), 1..12),
        words in prop::collection::vec(
            prop::sample::select(vec!["น้ำท่วม", "เตือน", "flood", "big", "a", "\n", "fluid", "จังหวัดเลย", "Flood"]), 0..14),
    ) {
        let queries: Vec<&str> = queries.iter().map(String::as_str).collect();
        let set = set(&queries);
        let example = Example::new(&words.join(" "), Segmenter::embedded());
        let places = Places::embedded().find(example.title(), example.text());
        let view = ArticleView { places: &places, ..example.view(&[]) };
        prop_assert_eq!(set.find(&view), set.find_one_by_one(&view));
        for place in set.find(&view).iter().flat_map(|hit| &hit.evidence) {
            let field = if place.field == praden_model::FieldName::Title { example.title() } else { example.text() };
            prop_assert_eq!(place.raw.of(field.raw()), Some(place.surface.as_str()));
        }
    }
}
