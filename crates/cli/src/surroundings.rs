//! The world outside: the wall clock, random numbers, signals and the environment. Only here.

use std::sync::Arc;

use anyhow::Context as _;
use jiff::Timestamp;
use praden_model::Clock;
use tokio::sync::watch;

/// Lets the system's allocator give large blocks back as soon as they are free.
///
/// Articles are made on one thread and let go on another. glibc raises its threshold for blocks of their own to 32 MB once
/// such blocks come and go, and keeps what is under it in the arena of each thread: ingesting the corpus then took 840 MB.
/// With the threshold held at its first value it takes half of that, at no cost in CPU time.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
#[expect(unsafe_code, reason = "a call of the C library: the allocator has no other switch")]
pub(crate) fn give_memory_back() {
    const THRESHOLD_BYTES: i32 = 128 << 10;
    // SAFETY: mallopt takes two numbers and no pointers; it is called before any thread is started.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, THRESHOLD_BYTES);
        libc::mallopt(libc::M_TRIM_THRESHOLD, THRESHOLD_BYTES);
    }
}

/// Other allocators give back by themselves.
#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
pub(crate) fn give_memory_back() {}

/// The wall clock.
pub(crate) struct WallClock;

impl Clock for WallClock {
    #[expect(clippy::disallowed_methods, reason = "this is the one place where the wall clock is read")]
    fn now(&self) -> Timestamp {
        Timestamp::now()
    }
}

/// The clock that is handed to everything below.
pub(crate) fn clock() -> Arc<dyn Clock> {
    Arc::new(WallClock)
}

/// Random bytes from the system.
#[expect(clippy::disallowed_methods, reason = "this is the one place where randomness is drawn")]
pub(crate) fn random_bytes<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| anyhow::anyhow!("{error}"))
        .context("the system gives no random numbers")?;
    Ok(bytes)
}

/// A random number from 0 to 1 for jitter: never a secret, so a failure of the system is no reason to stop.
pub(crate) fn random_share() -> f64 {
    random_bytes().map_or(0.5, |bytes| f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX))
}

/// A switch that turns when somebody asks to stop: Ctrl-C, or SIGTERM from an init system. A command that is done may turn
/// it itself.
pub(crate) fn stop_signal() -> anyhow::Result<watch::Sender<bool>> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate()).context("cannot listen for SIGTERM")?;
    let mut interrupt = signal(SignalKind::interrupt()).context("cannot listen for Ctrl-C")?;
    let switch = watch::Sender::new(false);
    let sender = switch.clone();
    tokio::spawn(async move {
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        tracing::info!("asked to stop; finishing what was begun");
        sender.send_replace(true);
        // Asked twice, a person means at once. `kill -9` is a supported way to stop, so this is one too.
        tokio::select! {
            _ = terminate.recv() => {}
            _ = interrupt.recv() => {}
        }
        std::process::abort();
    });
    Ok(switch)
}
