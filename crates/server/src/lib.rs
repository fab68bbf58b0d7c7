//! HTTP API, pages and metrics
