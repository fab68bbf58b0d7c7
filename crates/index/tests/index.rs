//! The life of an index: articles come and are revised, writers stop, folders go, versions change.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod common;

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Command, Stdio};

use common::{article, mention, published, tree};
use praden_index::{
    FacetField, Index, IndexError, Order, Rebuild, SearchOptions, Searcher, Unit, Writer, WriterOptions,
    highlight, snippet,
};
use praden_model::{ArticleId, Revision, Seq, StoryId};
use praden_query::DocumentView;

/// A further revision of an article.
fn revised(of: u64, revision: u32, seq: u64, text: &str) -> Revision {
    Revision { article: ArticleId::new(of), revision, ..article(seq, "", text) }
}

fn open(dir: &tempfile::TempDir) -> (Index, Writer) {
    let index = Index::open(dir.path()).unwrap();
    let writer = index.writer(&WriterOptions::default()).unwrap();
    (index, writer)
}

fn found(searcher: &Searcher, query: &str) -> Vec<u64> {
    let options = SearchOptions { limit: 1000, order: Order::Newest, ..SearchOptions::default() };
    let mut seqs: Vec<u64> =
        searcher.search(&tree(query), &options).unwrap().hits.iter().map(|hit| hit.seq.get()).collect();
    seqs.sort_unstable();
    seqs
}

#[test]
fn only_the_latest_revision_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let (index, mut writer) = open(&dir);
    assert!(writer.upsert(&article(1, "", "rain"), &[], None).unwrap());
    assert!(writer.upsert(&article(2, "", "wind"), &[], None).unwrap());
    writer.commit(Seq::new(2)).unwrap();
    let before = index.reader().unwrap();

    assert!(writer.upsert(&revised(1, 2, 3, "snow"), &[], None).unwrap());
    assert_eq!(found(&index.reader().unwrap(), "rain OR snow"), [1], "nothing is seen before its commit");
    writer.commit(Seq::new(3)).unwrap();
    let after = index.reader().unwrap();
    assert_eq!((found(&after, "rain"), found(&after, "snow"), after.documents()), (vec![], vec![3], 2));
    assert_eq!(
        (found(&before, "rain"), before.cursor(), after.cursor()),
        (vec![1], Seq::new(2), Seq::new(3))
    );

    // A replay from the start changes nothing on its way, within a commit or across.
    for commit_between in [true, false] {
        assert!(!writer.upsert(&article(1, "", "rain"), &[], None).unwrap());
        assert!(writer.upsert(&article(2, "", "wind"), &[mention("dmh")], None).unwrap());
        if commit_between {
            writer.commit(Seq::new(2)).unwrap();
        }
        assert_eq!(found(&index.reader().unwrap(), "rain OR snow"), [3]);
        assert!(writer.upsert(&revised(1, 2, 3, "snow"), &[], None).unwrap());
        assert!(!writer.upsert(&article(1, "", "rain"), &[], None).unwrap());
        writer.commit(Seq::new(3)).unwrap();
        let replayed = index.reader().unwrap();
        assert_eq!((found(&replayed, "rain OR snow"), replayed.documents()), (vec![3], 2));
        assert_eq!(found(&replayed, "agency:dmh"), [2], "new mentions replace old ones");
    }
}

#[test]
fn what_was_not_committed_is_gone_and_the_rest_stays() {
    let dir = tempfile::tempdir().unwrap();
    {
        let (_, mut writer) = open(&dir);
        writer.upsert(&article(1, "", "rain"), &[], None).unwrap();
        writer.commit(Seq::new(5)).unwrap();
        writer.upsert(&article(6, "", "rain"), &[], None).unwrap();
    }
    let (index, mut writer) = open(&dir);
    assert_eq!((writer.cursor(), found(&index.reader().unwrap(), "rain")), (Seq::new(5), vec![1]));
    writer.upsert(&article(6, "", "rain"), &[], None).unwrap();
    writer.commit(Seq::new(6)).unwrap();
    assert_eq!(found(&index.reader().unwrap(), "rain"), [1, 6]);
    writer.finish().unwrap();

    // A deleted folder is an empty index.
    fs::remove_dir_all(dir.path()).unwrap();
    let (index, writer) = open(&dir);
    assert_eq!((writer.cursor(), index.reader().unwrap().documents()), (Seq::ZERO, 0));
}

#[test]
fn one_writer_at_a_time_and_any_number_of_readers() {
    let dir = tempfile::tempdir().unwrap();
    let (index, mut writer) = open(&dir);
    let other = Index::open(dir.path()).unwrap();
    assert!(matches!(other.writer(&WriterOptions::default()), Err(IndexError::Locked { .. })));
    writer.upsert(&article(1, "", "rain"), &[], None).unwrap();
    writer.commit(Seq::new(1)).unwrap();
    assert_eq!(found(&other.reader().unwrap(), "rain"), [1], "another process sees a commit");
    drop((index, writer));
    assert!(other.writer(&WriterOptions::default()).is_ok());
}

#[test]
fn an_index_of_another_version_or_a_damaged_one_says_so_and_can_be_cleared() {
    type Harm = fn(&std::path::Path);
    let harms: [(Harm, &str); 5] = [
        (
            |dir| fs::write(dir.join("praden-index.json"), r#"{"schema":0,"text":1}"#).unwrap(),
            "was made by another version",
        ),
        (|dir| fs::remove_file(dir.join("praden-index.json")).unwrap(), "was made by another version"),
        (|dir| fs::write(dir.join("praden-index.json"), "?").unwrap(), "is damaged"),
        (|dir| fs::write(dir.join("meta.json"), "?").unwrap(), "is damaged"),
        (
            |dir| {
                for entry in fs::read_dir(dir).unwrap() {
                    let path = entry.unwrap().path();
                    if path.extension().is_some_and(|extension| extension == "term" || extension == "idx") {
                        fs::remove_file(path).unwrap();
                    }
                }
            },
            "is damaged",
        ),
    ];
    for (harm, message) in harms {
        let dir = tempfile::tempdir().unwrap();
        let (_, mut writer) = open(&dir);
        writer.upsert(&article(1, "", "rain"), &[], None).unwrap();
        writer.commit(Seq::new(1)).unwrap();
        drop(writer);
        fs::write(dir.path().join("notes.txt"), "not ours").unwrap();
        harm(dir.path());

        let error = Index::open(dir.path()).and_then(|index| index.reader()).map(|_| ()).unwrap_err();
        assert!(error.needs_rebuild() && error.to_string().contains(message), "{error}");
        Index::clear(dir.path()).unwrap();
        let (index, writer) = open(&dir);
        assert_eq!((writer.cursor(), index.reader().unwrap().documents()), (Seq::ZERO, 0));
        assert!(dir.path().join("notes.txt").exists(), "only the index's own files go");
    }
}

#[test]
fn an_index_is_built_anew_while_the_old_one_serves() {
    let dir = tempfile::tempdir().unwrap();
    let fill = |to: &std::path::Path, word: &str| {
        let mut writer = Index::open(to).unwrap().writer(&WriterOptions::default()).unwrap();
        writer.upsert(&article(1, "", word), &[], None).unwrap();
        writer.commit(Seq::new(1)).unwrap();
        writer
    };
    let folders = || {
        let entries = fs::read_dir(dir.path()).unwrap();
        let mut names: Vec<String> = entries
            .map(|entry| entry.unwrap())
            .filter(|entry| entry.path().is_dir())
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        names.sort_unstable();
        names
    };
    drop(fill(dir.path(), "rain"));
    fs::write(dir.path().join("notes.txt"), "not ours").unwrap();
    for (round, (old, new)) in [("rain", "wind"), ("wind", "snow"), ("snow", "haze")].into_iter().enumerate()
    {
        let index = Index::open(dir.path()).unwrap();
        let before = index.reader().unwrap();
        // One is given up half done, as by a process that is killed, and only one builds at a time.
        let given_up = Rebuild::begin(dir.path()).unwrap();
        assert!(matches!(Rebuild::begin(dir.path()), Err(IndexError::Locked { .. })));
        drop(fill(&given_up.dir(), "nothing"));
        drop(given_up);
        assert_eq!(found(&Index::open(dir.path()).unwrap().reader().unwrap(), old), [1]);

        let rebuild = Rebuild::begin(dir.path()).unwrap();
        let writer = fill(&rebuild.dir(), new);
        praden_index::sweep(dir.path()).unwrap();
        assert!(index.is_current() && rebuild.dir().exists(), "nothing is swept while somebody builds");
        rebuild.finish().unwrap();
        // Whoever has the old one open goes on; who looks has the new one.
        assert_eq!((found(&index.reader().unwrap(), old), index.is_current()), (vec![1], false));
        let opened = Index::open(dir.path()).unwrap();
        assert_eq!((found(&opened.reader().unwrap(), new), opened.is_current()), (vec![1], true));
        drop(writer);
        praden_index::sweep(dir.path()).unwrap();
        assert_eq!(found(&before, old), [1], "a state that is open stays readable");
        assert_eq!(found(&opened.reader().unwrap(), new), [1]);
        assert_eq!(folders(), [format!("g-{}", round + 1)], "the old one is gone");
    }
    Index::clear(dir.path()).unwrap();
    assert_eq!((folders(), Index::open(dir.path()).unwrap().reader().unwrap().documents()), (vec![], 0));
    assert!(dir.path().join("notes.txt").exists(), "only the index's own files go");

    // A folder that is gone, or a name that is none, is damage.
    for name in ["g-7", "../g-1", ""] {
        fs::write(dir.path().join("praden-index.current"), name).unwrap();
        let error = Index::open(dir.path()).unwrap_err();
        assert!(error.needs_rebuild(), "{name}: {error}");
        Index::clear(dir.path()).unwrap();
        assert_eq!(Index::open(dir.path()).unwrap().reader().unwrap().documents(), 0);
    }
}

#[test]
fn what_is_being_written_is_not_swept() {
    let dir = tempfile::tempdir().unwrap();
    let (old, mut writer) = open(&dir);
    writer.upsert(&article(1, "", "rain"), &[], None).unwrap();
    writer.commit(Seq::new(1)).unwrap();
    let rebuild = Rebuild::begin(dir.path()).unwrap();
    drop(Index::open(&rebuild.dir()).unwrap());
    rebuild.finish().unwrap();
    praden_index::sweep(dir.path()).unwrap();
    // A daemon that has not looked yet.
    writer.upsert(&article(2, "", "rain"), &[], None).unwrap();
    writer.commit(Seq::new(2)).unwrap();
    assert_eq!(found(&old.reader().unwrap(), "rain"), [1, 2]);
    writer.finish().unwrap();
    praden_index::sweep(dir.path()).unwrap();
    assert!(!dir.path().join("meta.json").exists());
}

#[test]
fn pages_by_date_are_complete_while_articles_come() {
    let dir = tempfile::tempdir().unwrap();
    let (index, mut writer) = open(&dir);
    let mut add = |from: u64, to: u64| {
        for seq in from..=to {
            let mut revision = article(seq, "", "rain");
            revision.published = published(&format!("2025-07-{:02}T00:00:00Z", 1 + seq % 28));
            writer.upsert(&revision, &[], None).unwrap();
        }
        writer.commit(Seq::new(to)).unwrap();
    };
    add(1, 100);
    let mut page = SearchOptions { limit: 7, order: Order::Newest, ..SearchOptions::default() };
    let mut seen: Vec<u64> = Vec::new();
    for round in 1.. {
        // Each page in a process of its own.
        let index = Index::open(dir.path()).unwrap();
        let results = index.reader().unwrap().search(&tree("rain"), &page).unwrap();
        seen.extend(results.hits.iter().map(|hit| hit.seq.get()));
        let Some(next) = results.next else { break };
        page.after = Some(next.to_string().parse().unwrap());
        add(100 + round * 3 - 2, 100 + round * 3);
    }
    let count = seen.len();
    seen.sort_unstable();
    seen.dedup();
    assert_eq!(seen.len(), count, "no article comes twice");
    assert!((1..=100).all(|seq| seen.contains(&seq)), "none that was there at the start is missed");
    drop(index);
}

#[test]
fn facets_and_counts_over_time() {
    let dir = tempfile::tempdir().unwrap();
    let (index, mut writer) = open(&dir);
    for (seq, at) in [
        (1, "2025-07-31T16:59:59Z"),
        (2, "2025-07-31T17:00:00Z"),
        (3, "2025-08-01T01:00:00Z"),
        (5, "1969-12-31T17:00:00Z"),
    ] {
        let mut revision = article(seq, "", "rain");
        revision.published = published(at);
        // Agencies are counted once for each article.
        writer
            .upsert(
                &revision,
                &[mention("dmh"), mention("dmh"), mention("ddpm")],
                (seq < 3).then(|| StoryId::new(1)),
            )
            .unwrap();
    }
    writer.upsert(&article(4, "", "rain"), &[], None).unwrap();
    writer.commit(Seq::new(5)).unwrap();
    let searcher = index.reader().unwrap();
    let rain = tree("rain");
    let facet = |field| {
        let facet = searcher.facet(&rain, field, 1).unwrap();
        (facet.values, facet.distinct, facet.without)
    };
    assert_eq!(facet(FacetField::Agency), (vec![("ddpm".into(), 4)], 2, 1));
    assert_eq!(facet(FacetField::Story), (vec![("st-1".into(), 2)], 1, 3));
    assert_eq!(facet(FacetField::Outlet), (vec![("outlet-1".into(), 2)], 4, 0));
    let timeline = |unit| {
        let timeline = searcher.over_time(&rain, unit).unwrap();
        (
            timeline.counts.into_iter().map(|(day, count)| format!("{day} {count}")).collect::<Vec<_>>(),
            timeline.undated,
        )
    };
    let days = ["1970-01-01 1", "2025-07-31 1", "2025-08-01 2"].map(String::from).to_vec();
    assert_eq!(timeline(Unit::Day), (days, 1));
    assert_eq!(
        timeline(Unit::Month),
        (vec!["1970-01-01 1".into(), "2025-07-01 1".into(), "2025-08-01 2".into()], 1)
    );
    assert_eq!(found(&searcher, "date:2025-08-01"), [2, 3]);
    assert_eq!(found(&searcher, "NOT date:1900.."), [4], "an undated article is in no range");
}

#[test]
fn the_title_counts_more_and_the_newest_come_first_if_asked() {
    let dir = tempfile::tempdir().unwrap();
    let (index, mut writer) = open(&dir);
    for (seq, title, text, day) in
        [(1, "rain", "wind", 3), (2, "wind", "rain", 5), (3, "wind", "snow", 4), (4, "x", "rain rain", 1)]
    {
        let mut revision = article(seq, title, text);
        revision.published = published(&format!("2025-07-0{day}T00:00:00Z"));
        writer.upsert(&revision, &[], None).unwrap();
    }
    writer.upsert(&article(5, "y", "rain"), &[], None).unwrap();
    writer.commit(Seq::new(5)).unwrap();
    let searcher = index.reader().unwrap();
    let order = |order| {
        let options = SearchOptions { order, ..SearchOptions::default() };
        let hits = searcher.search(&tree("rain"), &options).unwrap().hits;
        hits.iter().map(|hit| hit.seq.get()).collect::<Vec<_>>()
    };
    assert_eq!(order(Order::Newest), [2, 1, 4, 5], "the undated last");
    assert_eq!(order(Order::Relevance)[..2], [1, 4]);
    let none =
        searcher.search(&tree("rain"), &SearchOptions { limit: 0, ..SearchOptions::default() }).unwrap();
    assert_eq!((none.total, none.hits.len(), none.next), (4, 0, None));
}

#[test]
fn pages_by_relevance_stay_with_their_state() {
    let dir = tempfile::tempdir().unwrap();
    let (index, mut writer) = open(&dir);
    for seq in 1..=20 {
        writer.upsert(&article(seq, "", &"rain ".repeat(seq as usize)), &[], None).unwrap();
    }
    writer.commit(Seq::new(20)).unwrap();
    let rain = tree("rain");
    let first = index.reader().unwrap().search(&rain, &SearchOptions::default()).unwrap();
    let next = first.next.clone().unwrap();
    let page = SearchOptions { after: first.next.clone(), ..SearchOptions::default() };

    writer.upsert(&article(21, "rain", "rain"), &[], None).unwrap();
    writer.commit(Seq::new(21)).unwrap();
    let newest = index.reader().unwrap();
    assert!(matches!(newest.search(&rain, &page), Err(IndexError::CursorGone { .. })));
    let second = index.reader_at(&next).unwrap().search(&rain, &page).unwrap();
    assert_eq!((second.total, second.hits.len(), second.next), (20, 10, None));
    let mut seqs: Vec<u64> = first.hits.iter().chain(&second.hits).map(|hit| hit.seq.get()).collect();
    seqs.sort_unstable();
    assert_eq!(seqs, (1..=20).collect::<Vec<_>>());

    // Another program has not kept that state; another query is not continued.
    assert!(matches!(Index::open(dir.path()).unwrap().reader_at(&next), Err(IndexError::CursorGone { .. })));
    let error = newest.search(&tree("rain OR wind"), &page).unwrap_err();
    assert_eq!(
        error.to_string(),
        "this page is no longer there, because it belongs to another query: start again from the first page"
    );
}

#[test]
fn a_query_of_too_many_words_is_refused() {
    const MAX: usize = 50;
    let dir = tempfile::tempdir().unwrap();
    let (index, mut writer) = open(&dir);
    let words = |count: usize| (0..count).map(|n| format!("word{n:03} ")).collect::<String>();
    let mut wordy = article(1, &words(3), &words(MAX));
    wordy.authors = (0..MAX).map(|n| format!("name{n:03} x")).collect();
    writer.upsert(&wordy, &[], None).unwrap();
    writer.commit(Seq::new(1)).unwrap();
    let any = |count: usize| words(count).trim().replace(' ', " OR ");
    let limited = || index.reader().unwrap().with_terms_max(MAX);
    for query in ["word*", "word0*", "title:word*", "wo?d*", "author:na*", &any(MAX), "word* NOT title:zz*"] {
        assert_eq!(limited().count(&tree(query)).unwrap(), 1, "{query}");
    }
    writer.upsert(&article(2, "", &words(MAX + 1)), &[], None).unwrap();
    writer.commit(Seq::new(2)).unwrap();
    for (query, leaf) in [
        ("word*", "word*"),
        ("word* NEAR/3 xx", "word*"),
        ("xx NEAR/3 word*", "word*"),
        ("NOT text:word*", "word*"),
        ("wo*d01* OR (xx AND wo*d0*)", "wo*d0*"),
        ("author:na* OR xx", "xx"),
        (&any(MAX + 1), "word050"),
        (&format!("{} OR \"aa bb\"", any(MAX - 1)), "\"aa bb\""),
    ] {
        match limited().count(&tree(query)).unwrap_err() {
            IndexError::TooBroad { written, max } => {
                assert_eq!((written.as_str(), max), (leaf, MAX), "{query}");
            }
            other => panic!("{query}: {other}"),
        }
    }
    assert_eq!(index.reader().unwrap().count(&tree("word*")).unwrap(), 2, "the limit is the caller's");
    // Words that are looked at and do not fit are bounded too.
    let many: String = (0..4_000).map(|n| format!("mm{n} ")).collect();
    writer.upsert(&article(3, "", &many), &[], None).unwrap();
    writer.commit(Seq::new(3)).unwrap();
    let error = limited().count(&tree("mm?x")).unwrap_err();
    assert!(
        error.to_string().starts_with("with `mm?x` the query stands for more than 50 different words"),
        "{error}"
    );
    assert_eq!(index.reader().unwrap().count(&tree("mm?x")).unwrap(), 0);
}

#[test]
fn authors_are_found_by_the_parts_of_their_names() {
    let dir = tempfile::tempdir().unwrap();
    let (index, mut writer) = open(&dir);
    for (seq, names) in [(1, vec!["นายสมชาย ใจดี"]), (2, vec!["Jane Doe", "สมหญิง ใจดี"]), (3, vec![])]
    {
        let mut revision = article(seq, "", "rain");
        revision.authors = names.into_iter().map(str::to_owned).collect();
        writer.upsert(&revision, &[], None).unwrap();
    }
    writer.commit(Seq::new(3)).unwrap();
    let searcher = index.reader().unwrap();
    for (query, want) in [
        ("author:สมชาย", &[1][..]),
        ("author:\"สมชาย ใจดี\"", &[1]),
        ("author:ใจดี", &[1, 2]),
        ("author:สม*", &[1, 2]),
        ("author:\"doe สมหญิง\"", &[]),
        ("author:\"JANE doe\" rain", &[2]),
        ("NOT author:ใจดี", &[3]),
    ] {
        assert_eq!(found(&searcher, query), want, "{query}");
    }
    let facet = searcher.facet(&tree("rain"), FacetField::Author, 10).unwrap();
    assert_eq!((facet.values.len(), facet.distinct, facet.without), (3, 3, 1));
    assert_eq!(facet.values[0], ("Jane Doe".to_owned(), 1));
}

#[test]
fn a_word_over_the_limit_of_a_term_is_found() {
    let dir = tempfile::tempdir().unwrap();
    let (index, mut writer) = open(&dir);
    let long = "x".repeat(2_000);
    writer.upsert(&article(1, "", &format!("aa {long} bb")), &[], None).unwrap();
    writer.upsert(&article(2, "", &format!("aa {} bb", &long[..900])), &[], None).unwrap();
    writer.commit(Seq::new(2)).unwrap();
    let searcher = index.reader().unwrap();
    assert_eq!(found(&searcher, &long), [1]);
    assert_eq!(found(&searcher, &format!("{}*", &long[..900])), [1, 2]);
}

#[test]
fn highlights_and_snippets_are_bytes_of_what_was_published() {
    let text = format!("{} น้ำ\u{200B}ท่วม ปี ๒๕๖๘ {} จบ", "ฝนตก ".repeat(100), "แดดออก ".repeat(100));
    let revision = article(1, "ปี 2568", &text);
    let shown = highlight(&tree("2568 AND ปี"), &revision, &DocumentView::new(&revision, &[], None));
    let words: Vec<&str> = shown
        .iter()
        .map(|(field, span)| {
            span.of(if field.name() == "title" { revision.title.raw() } else { revision.text.raw() }).unwrap()
        })
        .collect();
    assert_eq!(words, ["ปี", "2568", "ปี", "๒๕๖๘"]);

    let part = snippet(&revision, &shown, 120);
    let show = part.part.of(revision.text.raw()).unwrap();
    assert!(
        show.len() <= 120 && show.contains("ปี ๒๕๖๘") && show.contains("ฝน") && show.contains("แดด"),
        "{show:?}"
    );
    assert_eq!(
        part.matches.iter().map(|span| span.of(revision.text.raw()).unwrap()).collect::<Vec<_>>(),
        ["ปี", "๒๕๖๘"]
    );

    // Without matches it is the start; at the end it reaches back.
    assert!(snippet(&revision, &[], 60).part.of(revision.text.raw()).unwrap().starts_with("ฝน"));
    let end =
        snippet(&revision, &highlight(&tree("จบ"), &revision, &DocumentView::new(&revision, &[], None)), 60);
    assert!(end.part.of(revision.text.raw()).unwrap().ends_with("จบ") && end.part.range().len() > 30);
    // No text, and a window smaller than any word.
    assert!(snippet(&article(2, "", ""), &[], 60).part.range().is_empty());
    assert!(snippet(&revision, &[], 7).part.of(revision.text.raw()).is_some());

    // Which branch holds depends on the agency.
    let query = tree("(agency:dmh ปี) OR ฝน");
    assert!(
        !highlight(&query, &revision, &DocumentView::new(&revision, &[], None))
            .iter()
            .any(|(field, _)| field.name() == "title")
    );
    assert!(
        highlight(&query, &revision, &DocumentView::new(&revision, &[mention("dmh")], None))
            .iter()
            .any(|(field, _)| field.name() == "title")
    );
}

/// Run by the next test in a process of its own, which is killed.
#[test]
#[ignore = "the child of `a_killed_process_loses_nothing_before_its_last_commit`, which runs it"]
fn child_that_indexes_until_it_is_killed() {
    let mut dir = String::new();
    std::io::stdin().read_line(&mut dir).unwrap();
    assert!(!dir.trim().is_empty(), "not for running by hand");
    let index = Index::open(dir.trim().as_ref()).unwrap();
    let mut writer = index.writer(&WriterOptions::default()).unwrap();
    for seq in writer.cursor().get() + 1.. {
        writer.upsert(&article(seq, "", &format!("rain n{seq}")), &[], None).unwrap();
        if seq % 3 == 0 {
            writer.commit(Seq::new(seq)).unwrap();
            println!("committed {seq}");
        }
    }
}

#[test]
fn a_killed_process_loses_nothing_before_its_last_commit() {
    let dir = tempfile::tempdir().unwrap();
    let mut promised = 0;
    for round in 1..=4 {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--ignored", "--exact", "--nocapture", "child_that_indexes_until_it_is_killed"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        writeln!(child.stdin.take().unwrap(), "{}", dir.path().display()).unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
        // The test harness writes on the same line.
        let seqs = lines.filter_map(|line| line.split_once("committed ")?.1.parse::<u64>().ok());
        promised = seqs.take(round * 2).last().unwrap();
        child.kill().unwrap();
        child.wait().unwrap();

        let index = Index::open(dir.path()).unwrap();
        let searcher = index.reader().unwrap();
        let cursor = searcher.cursor().get();
        assert!(cursor >= promised, "promised {promised}, kept {cursor}");
        assert_eq!(found(&searcher, "rain"), (1..=cursor).collect::<Vec<_>>(), "each article once");
    }
    assert!(promised >= 24);
}

#[test]
fn words_that_tell_a_result_from_the_rest() {
    let dir = tempfile::tempdir().unwrap();
    let index = Index::open(dir.path()).unwrap();
    let mut writer = index.writer(&WriterOptions::default()).unwrap();
    for seq in 1..=40 {
        let text =
            if seq % 4 == 0 { "flood warning river everybody" } else { "sunny holiday beach everybody" };
        writer.upsert(&article(seq, "", text), &[], None).unwrap();
    }
    writer.commit(Seq::new(40)).unwrap();
    let words = index.reader().unwrap().significant_words(&tree("flood"), 3).unwrap();
    let shown: Vec<(&str, u64)> = words.iter().map(|word| (word.word.as_str(), word.background)).collect();
    assert_eq!(shown, [("flood", 10), ("river", 10), ("warning", 10)]);
}
