//! Polite, safe fetching; feeds, sitemaps, listing pages; article extraction
