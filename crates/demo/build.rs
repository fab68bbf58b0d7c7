//! Tells cargo to rebuild when a fixture is added or removed: `include_dir!` alone notices only edits.

fn main() {
    println!("cargo::rerun-if-changed=../../fixtures/demo");
}
