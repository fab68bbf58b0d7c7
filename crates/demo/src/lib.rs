//! A small world of invented Thai outlets, served over real HTTP on loopback.
//!
//! `praden demo` and the crash tests crawl it through the same code as production. It holds the outlets, their pages and
//! feeds, the truth about them ([`World::expected`]) and a record of what was asked for ([`World::requests`]). What the
//! crawler should make of it is left to others: nothing here knows articles, agencies or issues of the product.
//!
//! Outlets and articles are files under `fixtures/demo`, built into the program; its README says how to add one. Links are
//! plain `http` under the reserved domain `.example` without a port, so a crawler needs the host names mapped:
//!
//! ```
//! # let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
//! # runtime.block_on(async {
//! use praden_demo::{World, WorldOptions};
//!
//! let world = World::start(WorldOptions { now: "2026-11-23T05:00:00Z".parse()?, edition: 1 }).await?;
//! for (host, address) in world.hosts() {
//!     assert!(host.ends_with(".example") && address.ip().is_loopback());
//! }
//! world.set_edition(2); // An outlet has edited an article, an agency has answered.
//! assert!(world.expected(2).len() > world.expected(1).len());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod corpus;
mod dates;
mod feed;
mod markup;
mod page;
mod site;
mod view;
mod world;

pub use corpus::{Encoding, Layout, Outlet, PageDate, Robots, Selectors, Source, SourceKind, Story};
pub use world::{
    ExpectedArticle, REQUESTS_MAX, Refusal, RefusalReason, RequestSeen, World, WorldError, WorldOptions,
    outlets, stories,
};
