//! The search index on tantivy
