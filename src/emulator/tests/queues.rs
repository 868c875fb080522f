//! Queues and conferences.
