//! Every query of the page that describes the language does what the page says.

use jiff::Timestamp;
use praden_query::parse;

/// The queries in one column of a table: what stands between backticks.
fn queries(cell: &str) -> Vec<String> {
    cell.split('`').skip(1).step_by(2).map(|query| query.replace("\\|", "|")).collect()
}

#[test]
fn what_it_shows_is_read_and_what_it_refuses_is_refused() {
    let now: Timestamp = "2025-07-31T23:30:00Z".parse().unwrap();
    let (mut read, mut refused) = (0, 0);
    let mut headings: Vec<String> = Vec::new();
    for line in include_str!("../README.md").lines() {
        let Some(row) = line.strip_prefix("| ").and_then(|row| row.strip_suffix(" |")) else {
            if !line.starts_with('|') {
                headings.clear();
            }
            continue;
        };
        let cells: Vec<&str> = row.split(" | ").collect();
        if headings.is_empty() {
            headings = cells.into_iter().map(str::to_owned).collect();
            continue;
        }
        assert_eq!(cells.len(), headings.len(), "{line}");
        for (cell, heading) in cells.into_iter().zip(&headings) {
            for query in queries(cell) {
                match heading.as_str() {
                    "write" => {
                        let tree = parse(&query, now).unwrap_or_else(|error| panic!("{query}: {error}")).tree;
                        assert!(
                            parse(&tree.to_string(), now).is_ok_and(|again| again.tree == tree),
                            "{query}"
                        );
                        read += 1;
                    }
                    "refused" => {
                        let error = parse(&query, now).unwrap_err();
                        assert!(!error.problem.hint().is_empty(), "{query}");
                        refused += 1;
                    }
                    _ => {}
                }
            }
        }
    }
    assert!(read > 60 && refused > 25, "{read} read, {refused} refused");
}

#[test]
fn blocks_that_are_queries_are_read() {
    let blocks: Vec<&str> = include_str!("../README.md").split("```query\n").skip(1).collect();
    assert_eq!(blocks.len(), 1);
    for block in blocks {
        let query = block.split("```").next().unwrap();
        parse(query, Timestamp::UNIX_EPOCH).unwrap_or_else(|error| panic!("{query}: {error}"));
    }
}
