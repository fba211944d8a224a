//! Shopbell.
