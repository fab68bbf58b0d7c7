//! Near-duplicates and story clustering, incremental
