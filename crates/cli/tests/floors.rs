//! The house: which room may use which. Dependencies point one way.

#![expect(clippy::expect_used, clippy::panic, reason = "a test ends with the message")]

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;

use serde_json::Value;

/// Floors from the ground up. A room may use rooms below its own floor, never beside it.
const FLOORS: &[&[&str]] = &[
    &["praden-text"],
    &["praden-model"],
    &["praden-query"],
    &["praden-crawl", "praden-match", "praden-index", "praden-store", "praden-stories", "praden-issues"],
    &["praden-pipeline"],
    // The demo's world is served like any outlet: it uses no other room.
    &["praden-server", "praden-demo"],
    &["praden"],
    &["praden-benches"],
];

/// Floors that a room may use though they are far below: everything is. Rooms that must know less say so here.
const ONLY: &[(&str, &[&str])] = &[
    ("praden-text", &[]),
    ("praden-model", &["praden-text"]),
    ("praden-store", &["praden-text", "praden-model"]),
    ("praden-crawl", &["praden-text", "praden-model"]),
    ("praden-stories", &["praden-text", "praden-model"]),
    ("praden-issues", &["praden-text", "praden-model"]),
    ("praden-demo", &[]),
];

/// Which room holds each kind of I/O.
const HOLDS: &[(&str, &[&str])] = &[
    ("reqwest", &["praden-crawl"]),
    ("rusqlite", &["praden-store"]),
    ("tantivy", &["praden-index", "praden-benches"]),
    ("axum", &["praden-server", "praden-demo", "praden-benches"]),
    ("clap", &["praden"]),
];

/// Each room's dependencies, without those of its tests.
fn rooms() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(env!("CARGO"))
        .args(["metadata", "--format-version", "1", "--no-deps", "--offline"])
        .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))
        .output()
        .expect("cargo runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo's JSON");
    let packages = metadata["packages"].as_array().expect("packages");
    let room = |package: &Value| {
        let name = package["name"].as_str().expect("a name").to_owned();
        let dependencies = package["dependencies"].as_array().expect("dependencies").iter();
        let dependencies = dependencies.filter(|dependency| dependency["kind"] != "dev");
        (
            name,
            dependencies.map(|dependency| dependency["name"].as_str().expect("a name").to_owned()).collect(),
        )
    };
    packages.iter().map(room).collect()
}

fn floor(room: &str) -> usize {
    FLOORS
        .iter()
        .position(|floor| floor.contains(&room))
        .unwrap_or_else(|| panic!("{room} is on no floor: add it to FLOORS"))
}

#[test]
fn dependencies_point_down() {
    let rooms = rooms();
    let mut faults = Vec::new();
    for (room, dependencies) in &rooms {
        for used in dependencies.iter().filter(|used| rooms.contains_key(*used)) {
            if floor(used) >= floor(room) {
                faults.push(format!("{room} uses {used}, which is not below it"));
            }
            let allowed = ONLY.iter().find(|(name, _)| name == room).map(|(_, allowed)| *allowed);
            if allowed.is_some_and(|allowed| !allowed.contains(&used.as_str())) {
                faults.push(format!("{room} uses {used}, which it is to do without"));
            }
        }
    }
    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let named: usize = FLOORS.iter().map(|floor| floor.len()).sum();
    assert_eq!(named, rooms.len(), "FLOORS names a room that is not there");
}

#[test]
fn input_and_output_stay_in_their_rooms() {
    let rooms = rooms();
    for (library, holders) in HOLDS {
        let users: Vec<&str> =
            rooms.iter().filter(|(_, uses)| uses.contains(*library)).map(|(room, _)| room.as_str()).collect();
        for user in users {
            assert!(
                holders.contains(&user),
                "{user} uses {library}, which belongs in {}",
                holders.join(", ")
            );
        }
    }
}

#[test]
fn the_map_names_what_is_there() {
    let root = std::path::Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."));
    let map = std::fs::read_to_string(root.join("ARCHITECTURE.md")).expect("the map");
    let named: Vec<&str> = map
        .split('`')
        .skip(1)
        .step_by(2)
        .filter(|word| word.contains('/') && !word.contains([' ', '{', '<', '*']))
        .collect();
    assert!(named.len() > 10, "the map names files in backticks");
    for path in named {
        let path = path.split(':').next().unwrap_or(path);
        assert!(
            path.starts_with('/') || root.join(path).exists(),
            "ARCHITECTURE.md names {path}, which is not there"
        );
    }
    for room in rooms().keys() {
        let folder = room.strip_prefix("praden-").unwrap_or("cli");
        assert!(
            map.contains(&format!("`{folder}`")) || map.contains(folder),
            "ARCHITECTURE.md does not mention {room}"
        );
    }
}
