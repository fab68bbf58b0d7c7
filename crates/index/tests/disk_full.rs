//! A full disk is told by name, and everything up to the last commit stays.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test that cannot go on should stop")]

mod common;

use std::fs;
use std::path::Path;
use std::process::Command;

use common::{article, mention, published, tree};
use praden_index::{Index, IndexError, WriterOptions};
use praden_model::Seq;

/// A small disk of its own, where the system lets us have one.
struct SmallDisk(tempfile::TempDir);

impl SmallDisk {
    fn mount() -> Option<Self> {
        let dir = tempfile::tempdir().unwrap();
        let mounted =
            Command::new("mount").args(["-t", "tmpfs", "-o", "size=4m", "tmpfs"]).arg(dir.path()).output();
        mounted.is_ok_and(|output| output.status.success()).then(|| Self(dir))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.path()).status();
    }
}

#[test]
fn a_full_disk_keeps_the_last_commit_and_says_what_to_do() {
    let Some(disk) = SmallDisk::mount() else {
        eprintln!("skipped: needs the right to mount a tmpfs; run as root");
        return;
    };
    let filler = disk.path().join("filler");
    fs::write(&filler, vec![0; 1 << 20]).unwrap();
    let dir = disk.path().join("index");
    let mut committed = 0;
    let error = {
        let index = Index::open(&dir).unwrap();
        let mut writer = index.writer(&WriterOptions::default()).unwrap();
        let mut batch = || -> Result<(), IndexError> {
            for seq in committed + 1..=committed + 50 {
                let words: String = (0..200).map(|n| format!("w{} ", seq * 1000 + n)).collect();
                let mut revision = article(seq, "rain", &words);
                revision.published = published("2025-07-31T00:00:00Z");
                writer.upsert(&revision, &[mention("dmh")], None)?;
            }
            writer.commit(Seq::new(committed + 50))?;
            committed += 50;
            Ok(())
        };
        (0..1000).find_map(|_| batch().err()).unwrap()
    };
    assert!(matches!(error, IndexError::DiskFull { .. }), "{error}");
    assert!(committed >= 50);
    assert_eq!(
        Index::open(&dir).unwrap().reader().unwrap().count(&tree("rain")).unwrap(),
        committed,
        "still readable"
    );

    // With room again, a new writer goes on.
    fs::remove_file(&filler).unwrap();
    let index = Index::open(&dir).unwrap();
    let mut writer = index.writer(&WriterOptions::default()).unwrap();
    assert_eq!(writer.cursor().get(), committed);
    writer.upsert(&article(committed + 1, "rain", ""), &[], None).unwrap();
    writer.commit(Seq::new(committed + 1)).unwrap();
    assert_eq!(index.reader().unwrap().count(&tree("rain")).unwrap(), committed + 1);
}
