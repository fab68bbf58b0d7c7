//! What a definition may say, and what is said to one that is wrong. The rows are the specification.

use std::path::Path;

use praden_issues::topic::HEADER;
use praden_model::{Exceptions, SourceKind, Tls};

use super::*;

fn read(text: &str) -> Result<Pipeline, Vec<Fault>> {
    parse("p.toml", text, &|name| match name {
        "agencies.csv" => Ok(AGENCIES.to_owned()),
        "broken.csv" => Ok("id,name_th,colour\nmoph,,red\n".to_owned()),
        "rules.toml" => Ok(RULES.to_owned()),
        "broken.toml" => Ok(BROKEN_RULES.to_owned()),
        "routing.tsv" => Ok(format!("{HEADER}\n@moph\t0\nไข้\t500\tmoph=120\n")),
        "cut.tsv" => Ok(format!("{HEADER}\n@moph\t0\nไข้\t500\n")),
        "old.tsv" => Ok("praden-routing 0\n".to_owned()),
        "strange.tsv" => Ok(format!("{HEADER}\n@nasa\t0\nดาว\t500\tnasa=120\n")),
        other => Err(Fault {
            file: other.to_owned(),
            line: None,
            place: "pipeline.agencies".to_owned(),
            message: "there is no such file".to_owned(),
            hint: String::new(),
        }),
    })
}

/// The faults of a definition, one a line, hints after `|`.
#[track_caller]
fn check(text: &str, want: &[&str]) {
    let got: Vec<String> = match read(text) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(|fault| fault.to_string().replace("\n  hint: ", " | ")).collect(),
    };
    assert_eq!(got, want, "\n{text}");
}

/// A definition without faults, and room for more.
const GOOD: &str = "[pipeline]\nname = \"t\"\ncontact = \"press@example.org\"\nagencies = \"agencies.csv\"\n\
    [[outlet]]\nid = \"a\"\nname_th = \"ก\"\n[[source]]\nid = \"a-rss\"\noutlet = \"a\"\nurl = \"https://a.example/rss\"\n";

#[test]
fn a_small_definition_is_enough() {
    let pipeline = read(GOOD).expect("no faults");
    let source = &pipeline.sources[0];
    assert_eq!((source.kind, source.every_s, source.fetch_pages), (SourceKind::Feed, 900, true));
    assert_eq!((pipeline.deadline_hours, pipeline.crawl.host_delay_ms), (24, 1000));
    assert_eq!(pipeline.server.listen.to_string(), "127.0.0.1:7313");
    assert!(pipeline.lexicon.len() > 400);
}

#[test]
fn what_is_missing_is_named_with_an_example() {
    check(
        "",
        &[
            "p.toml: pipeline.name: is missing | add `name = \"my-desk\"`",
            "p.toml: pipeline.contact: is missing | add `contact = \"https://example.org/praden or press@example.org\"`",
        ],
    );
    check(
        &format!("{GOOD}[[source]]\nid = \"b\"\n"),
        &[
            "p.toml:12: source.b.outlet: is missing | add `outlet = \"my-outlet\"`",
            "p.toml:12: source.b.url: is missing | add `url = \"https://www.example.org/rss\"`",
        ],
    );
}

#[test]
fn all_faults_are_found_at_once() {
    check(
        &format!(
            "{GOOD}every_minutes = 0\nkind = \"rss\"\ndisabled = \"\"\n[crawl]\nhost_delay = 5\ntimeout_s = \"30\"\n\
             hosts = {{ \"a.example\" = \"here\" }}\n[server]\nlisten = \"7313\"\n[[outlet]]\nid = \"A\"\nname_th = \"ข\"\n"
        ),
        &[
            "p.toml:12: source.a-rss.every_minutes: 0 is out of range | write a number from 1 to 10080",
            "p.toml:13: source.a-rss.kind: `rss` is not known | write one of `feed`, `sitemap`, `listing`",
            "p.toml:14: source.a-rss.disabled: is empty | say why the source is not read, or take the line away to read it",
            "p.toml:16: crawl.host_delay: is not a known key | did you mean `host_delay_ms`?",
            "p.toml:17: crawl.timeout_s: is a string, not a whole number | write a whole number",
            "p.toml:18: crawl.hosts: `a.example = \"here\"` has no address | write ADDRESS:PORT, such as \"127.0.0.1:8080\"",
            "p.toml:20: server.listen: `7313` is not an address to listen on: write ADDRESS:PORT, such as \"127.0.0.1:7313\"",
            "p.toml:22: outlet.A.id: `A` is not an outlet id: expected 1 to 64 of a-z, 0-9, - and _",
        ],
    );
}

#[test]
fn what_is_named_must_be_there() {
    check(
        &GOOD.replace("outlet = \"a\"", "outlet = \"aa\""),
        &["p.toml:10: source.a-rss.outlet: `aa` is not defined | did you mean `a`?"],
    );
    check(&GOOD.replace("agencies.csv", "none.csv"), &["none.csv: pipeline.agencies: there is no such file"]);
    check(
        &format!("{GOOD}[[source]]\nid = \"a-rss\"\noutlet = \"a\"\nurl = \"/rss\"\n"),
        &[
            "p.toml:13: source.a-rss.id: `a-rss` is there twice | give each source an id of its own",
            "p.toml:15: source.a-rss.url: `/rss` is not an absolute URL: expected http:// or https:// and a host",
        ],
    );
    check(
        &format!("{GOOD}[[outlet]]\nid = \"a\"\nname_th = \"ก\"\n"),
        &["p.toml:13: outlet.a.id: `a` is there twice | give each outlet an id of its own"],
    );
}

#[test]
fn exceptions_are_of_one_source_and_checked() {
    let read_one =
        |more: &str| read(&format!("{GOOD}{more}")).expect("no faults").sources[0].exceptions.clone();
    assert_eq!(read_one(""), Exceptions::default());
    assert_eq!(read_one("tls = \"accept-invalid\"\n").tls, Tls::AcceptInvalid);
    let inside = read_one("allow_addresses = [\"10.0.0.5\"]\nallow_ports = [\"8443\"]\n");
    assert_eq!((inside.addresses, inside.ports), (vec!["10.0.0.5".parse().expect("an address")], vec![8443]));
    check(
        &format!("{GOOD}tls = \"none\"\n"),
        &["p.toml:12: source.a-rss.tls: `none` is not known | write one of `system`, `accept-invalid`"],
    );
    check(
        &format!("{GOOD}tls = \"accept-invalid\"\ntls_authority = \"ca.pem\"\n"),
        &[
            "p.toml:13: source.a-rss.tls_authority: says whose certificates count, and `tls = \"accept-invalid\"` that any does | take one of the two away",
        ],
    );
    check(
        &format!("{GOOD}tls_authority = \"agencies.csv\"\n"),
        &[
            "p.toml:12: source.a-rss.tls_authority: `agencies.csv` is no certificate authority in PEM (`-----BEGIN CERTIFICATE-----`): there is no certificate in it",
        ],
    );
    check(
        &format!("{GOOD}allow_addresses = [\"inside\"]\n[crawl]\nlook_days = 400\n"),
        &[
            "p.toml:12: source.a-rss.allow_addresses: `inside` cannot be read | write an address such as \"10.0.0.5\"",
            "p.toml:14: crawl.look_days: 400 is out of range | write a number from 0 to 365",
        ],
    );
}

#[test]
fn selectors_are_tried_before_they_are_needed() {
    check(
        &format!("{GOOD}kind = \"listing\"\n"),
        &[
            "p.toml:8: source.a-rss.selectors: a listing page needs to know which links are articles | add `selectors.links = \"h2 a\"`",
        ],
    );
    let faults =
        read(&format!("{GOOD}kind = \"listing\"\nselectors.links = \"a[\"\nselectors.bdy = \"p\"\n"))
            .expect_err("faulty");
    let places: Vec<_> = faults.iter().map(|fault| fault.place.as_str()).collect();
    assert_eq!(places, ["source.a-rss.selectors.links", "source.a-rss.selectors.bdy"]);
}

#[test]
fn syntax_errors_are_faults_among_others() {
    let faults = read(&format!("{GOOD}every_minutes = = 3\n[crawl]\npolls_max = 0\n")).expect_err("faulty");
    assert!(faults.iter().any(|fault| fault.line == Some(12)), "{faults:?}");
    assert!(faults.iter().any(|fault| fault.place == "crawl.polls_max"), "{faults:?}");
}

#[test]
fn faults_of_the_lexicon_are_told_with_its_name() {
    let faults = read(&GOOD.replace("agencies.csv", "broken.csv")).expect_err("faulty");
    assert!(
        faults.len() >= 2 && faults.iter().all(|fault| fault.file == "broken.csv" && fault.line.is_some()),
        "{faults:?}"
    );
}

#[test]
fn a_routing_model_is_read_or_its_fault_is_named() {
    let with =
        |file: &str| GOOD.replace("[pipeline]\n", &format!("[pipeline]\nrouting_model = \"{file}\"\n"));
    let pipeline = read(&with("routing.tsv")).expect("no faults");
    assert_eq!(pipeline.routing_model.expect("a model").agencies().len(), 1);
    assert!(read(GOOD).expect("no faults").routing_model.is_none());
    let wrong = "`praden train` writes a model; this version reads what it writes";
    let header = format!("old.tsv:1: pipeline.routing_model: `praden-routing 0` is not `{HEADER}` | {wrong}");
    check(&with("old.tsv"), &[&header]);
    check(&with("cut.tsv"), &[&format!("cut.tsv:3: pipeline.routing_model: expected two tabs | {wrong}")]);
    check(
        &with("strange.tsv"),
        &[
            "strange.tsv: pipeline.routing_model: none of the agencies it knows is in the table of agencies | train it with `praden train --pipeline` and this pipeline's file",
        ],
    );
    check(&with("none.tsv"), &["none.tsv: pipeline.agencies: there is no such file"]);
}

#[test]
fn weights_that_are_not_known_are_named() {
    let faults = read(&format!("{GOOD}[issues.weights]\nno_such_weight = 3\n")).expect_err("faulty");
    assert_eq!(faults.len(), 1);
    assert_eq!((faults[0].line, faults[0].place.as_str()), (Some(13), "issues.weights"));
}

#[test]
fn the_pipelines_that_are_shipped_have_no_faults() {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../pipelines"));
    let thailand = load(&folder.join("thailand.toml")).expect("no faults");
    let enabled = thailand.sources.iter().filter(|source| source.disabled.is_none()).count();
    assert_eq!((thailand.sources.len(), enabled), (140, 16));
    assert_eq!(load(&folder.join("demo.toml")).expect("no faults").outlets.len(), 9);
    assert!(built_in().lexicon.len() > 400);
}

#[test]
fn a_file_that_cannot_be_read_is_a_fault() {
    let faults = load(Path::new("/no/such/pipeline.toml")).expect_err("faulty");
    assert_eq!(
        faults[0].to_string(),
        "/no/such/pipeline.toml: there is no such file\n  hint: `praden init DIR` writes a pipeline to start from"
    );
    let file = tempfile::NamedTempFile::new().expect("a file");
    std::fs::write(file.path(), b"[pipeline]\nname = \"\xB9\xE9\xD3\"\n").expect("written");
    let faults = load(file.path()).expect_err("faulty");
    assert_eq!(faults[0].message, "is not UTF-8: byte 19 cannot be read");
}

proptest::proptest! {
    #[test]
    fn reading_never_panics(text in "(\\[+(pipeline|source|outlet|crawl|issues)\\]+|[a-z_]+ = (true|[0-9]+|\"[a-z:/]*\"|\\[\\]|\\{\\})|\n|.){0,30}") {
        let _ = read(&text);
    }
}

const RULES: &str = include_str!("../../../../pipelines/rules.toml");

const BROKEN_RULES: &str = "[[rule]]\nid = \"a\"\nquery = \"น้ำท่วม and ไฟไหม้\"\n\
    [[rule]]\nid = \"a\"\nquery = \"น้ำ date:7d\"\nagency = \"mophh\"\ncolour = 1\n\
    [[rule]]\nid = \"s\"\nquery = \"story:st-1\"\nattention = \"loud\"\n";

fn with_rules(file: &str) -> String {
    GOOD.replace("[pipeline]\n", &format!("[pipeline]\nrules = \"{file}\"\n"))
}

/// The faults of a rules file whose examples are run, one a line.
#[track_caller]
fn check_rules(text: &str, want: &[&str]) {
    let lexicon = praden_match::parse_csv(AGENCIES).expect("the table that comes with the program");
    let got: Vec<String> = match read_rules("r.toml", text, &lexicon, None, Examples::Run) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.iter().map(|fault| fault.to_string().replace("\n  hint: ", " | ")).collect(),
    };
    assert_eq!(got.len(), want.len(), "{got:#?}");
    for (got, want) in got.iter().zip(want) {
        assert!(got.starts_with(want), "{got}\nshould start with\n{want}");
    }
}

#[test]
fn rules_are_read_with_what_they_do() {
    let pipeline = read(&with_rules("rules.toml")).expect("no faults");
    let rule = pipeline.rules.rules().next().expect("a rule");
    assert_eq!((rule.id.as_str(), rule.effects.tags.as_slice()), ("flood-warning", &["น้ำ".to_owned()][..]));
    assert_eq!(rule.effects.agency.as_ref().map(|id| id.as_str()), Some("ddpm"));
    assert_eq!(pipeline.rules.always().count(), 0);
}

#[test]
fn the_examples_of_the_rules_that_come_with_the_program_hold() {
    check_rules(RULES, &[]);
}

#[test]
fn every_fault_of_a_rules_file_is_named() {
    let faults = read(&with_rules("broken.toml")).expect_err("faults");
    let got: Vec<String> =
        faults.iter().map(|fault| format!("{}:{:?} {}", fault.file, fault.line, fault.place)).collect();
    assert_eq!(
        got,
        [
            "broken.toml:Some(3) rule.a.query",
            "broken.toml:Some(5) rule.a.id",
            "broken.toml:Some(6) rule.a.query",
            "broken.toml:Some(7) rule.a.agency",
            "broken.toml:Some(8) rule.a.colour",
            "broken.toml:Some(11) rule.s.query",
            "broken.toml:Some(12) rule.s.attention",
        ],
        "{faults:#?}"
    );
}

#[test]
fn examples_that_do_not_hold_are_faults() {
    check_rules(
        "[[rule]]\nid = \"flood\"\nquery = \"น้ำท่วม\"\nmust_match = [\n  \"น้ำท่วม\",\n  \"ไฟไหม้\",\n]\nmust_not_match = [\"น้ำท่วม ซ้ำ\"]\n",
        &[
            "r.toml:6: rule.flood.must_match[2]: `น้ำท่วม` does not find `ไฟไหม้`, which it must",
            "r.toml:8: rule.flood.must_not_match[1]: `น้ำท่วม` finds `น้ำท่วม ซ้ำ`, which it must not",
        ],
    );
}

#[test]
fn a_rule_among_others_is_changed_and_the_rest_is_kept() {
    let lexicon = praden_match::parse_csv(AGENCIES).expect("the table that comes with the program");
    let read = |text: &str, before| read_rules("r.toml", text, &lexicon, before, Examples::Run);
    let before = read(RULES, None).expect("no faults");
    let broken = RULES.replace("title:(ดูดวง", "title:(ดูดวง AND");
    assert!(read(&broken, Some(&before)).is_err());
    assert_eq!(before.len(), 4);
    let after = read(&RULES.replace("เลขเด็ด", "หวยเด็ด"), Some(&before)).expect("no faults");
    let changed = |(old, new): &(&praden_match::Rule, &praden_match::Rule)| old != new;
    assert_eq!(before.rules().zip(after.rules()).filter(changed).count(), 1);
}
