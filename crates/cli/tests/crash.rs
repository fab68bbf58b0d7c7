//! `kill -9` is a supported way to stop: whatever instant it comes at, nothing is lost and nothing is repeated.
//!
//! Real processes are killed at random instants and, with the feature `failpoints`, abort between each two durable
//! actions. In the end their data must equal that of a run that nobody disturbed: every article once in the log, the
//! index as the log, and mentions, stories, issues and events the very same.
//!
//! A crawl that is killed asks some outlets later than it would have, so its log is in another order, and stories are
//! found in the order of the log. What it is compared with is therefore a run that nobody disturbed over the same log;
//! its articles and their mentions are compared with an undisturbed crawl, too.
//!
//! `PRADEN_CRASH_KILLS` says how many kills (default 6; CI uses 40), `PRADEN_CRASH_SEED` repeats a run.

#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a test ends with the message and prints its seed"
)]

mod crash_support;

use crash_support::*;

#[tokio::test(flavor = "multi_thread")]
async fn ingest_survives_kills_at_random_instants() {
    let mut dice = Dice::from_environment("ingest");
    let archive = Archive::write(700);
    let undisturbed = Folder::new();
    let took = undisturbed.ingest(&archive).finish();
    let want = undisturbed.snapshot().await;
    archive.check_whole(&undisturbed).await;
    // Half of all kills belong to this test. A folder that is done before its kills are spent is checked and replaced.
    let mut kills = kills().div_ceil(2);
    while kills > 0 {
        let folder = Folder::new();
        loop {
            let process = folder.ingest(&archive);
            if kills == 0 {
                process.finish();
                break;
            }
            if process.kill_after(dice.duration(took / 2)) {
                kills -= 1;
            } else {
                break;
            }
        }
        archive.check_whole(&folder).await;
        assert_same(&folder.snapshot().await, &want);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn run_survives_kills_at_random_instants() {
    let mut dice = Dice::from_environment("run");
    let world = Outlets::start().await;
    let undisturbed = Folder::new();
    let took = undisturbed.run_until_even(&world, 1).await;
    undisturbed.crawl_all(&world, 2).finish();
    let want = undisturbed.snapshot().await;
    world.check_whole(&undisturbed).await;
    let mut kills = kills() / 2;
    while kills > 0 {
        let folder = Folder::new();
        // Up to eight kills a folder: the world is small, and a folder that is even has nothing left to disturb.
        for _ in 0..kills.min(8) {
            if folder.run(&world, 1).kill_after(dice.duration(took * 2 / 3)) {
                kills -= 1;
            }
        }
        folder.run_until_even(&world, 1).await;
        folder.crawl_all(&world, 2).finish();
        world.check_whole(&folder).await;
        let got = folder.snapshot().await;
        assert_same(&got, &folder.undisturbed(&world).await);
        assert_same(&got.of_articles(), &want.of_articles());
    }
}

#[cfg(feature = "failpoints")]
#[tokio::test(flavor = "multi_thread")]
async fn every_point_between_two_durable_actions_can_be_the_last() {
    const POINTS: [&str; 5] = [
        "store.commit.before",
        "store.commit.after",
        "index.commit.before",
        "index.commit.prepared",
        "index.commit.after",
    ];
    let archive = Archive::write(300);
    let undisturbed = Folder::new();
    undisturbed.ingest(&archive).finish();
    let want = undisturbed.snapshot().await;
    for point in POINTS {
        for passes in [0, 1, 2, 5, 9] {
            let folder = Folder::new();
            let aborted =
                folder.ingest_with(&archive, &format!("{point}={passes}*off->return")).ended_by_abort();
            // The index commits once or twice in a run this short: the later passes are for the store.
            assert!(aborted || point.starts_with("index"), "{point} was passed fewer than {passes} times");
            folder.ingest(&archive).finish();
            archive.check_whole(&folder).await;
            assert_same(&folder.snapshot().await, &want);
        }
    }
}

#[cfg(feature = "failpoints")]
#[tokio::test(flavor = "multi_thread")]
async fn every_point_of_a_crawl_can_be_the_last() {
    let world = Outlets::start().await;
    let undisturbed = Folder::new();
    undisturbed.crawl_all(&world, 1).finish();
    let want = undisturbed.snapshot().await;
    for point in ["store.commit.before", "store.commit.after"] {
        for passes in [0, 3, 11, 20] {
            let folder = Folder::new();
            assert!(
                folder.crawl_with(&world, &format!("{point}={passes}*off->return")).ended_by_abort(),
                "{point} {passes}"
            );
            folder.crawl_all(&world, 1).finish();
            let got = folder.snapshot().await;
            assert_same(&got, &folder.undisturbed(&world).await);
            assert_same(&got.of_articles(), &want.of_articles());
        }
    }
}
