//! Polite, safe fetching; feeds, sitemaps, listing pages; article extraction.
//!
//! Everything but [`fetch`] and [`poll`] is pure: bytes in, entries or an article and warnings out. What is found is
//! handed back; keeping it, matching it and deciding what matters are left to the rooms above.
//!
//! ```
//! use praden_crawl::feed::parse_feed;
//!
//! let bytes = "<rss><channel><item><title>ข่าว & ด่วน<link>http://a.example/1</item>".as_bytes();
//! let feed = parse_feed(bytes, None, None, jiff::Timestamp::UNIX_EPOCH)?;
//! assert_eq!(feed.entries[0].title.as_deref(), Some("ข่าว & ด่วน"));
//! # Ok::<(), praden_crawl::feed::FeedError>(())
//! ```

pub mod address;
pub mod changes;
pub mod dating;
pub mod decode;
pub mod feed;
pub mod fetch;
pub mod habit;
pub mod health;
mod html;
pub mod listing;
mod markup;
pub mod opml;
pub mod page;
pub mod poll;
pub mod robots;
pub mod schedule;
pub mod sitemap;
pub mod warc;
