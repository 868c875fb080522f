//! The list of documents.

/// Anything we can say to a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// The end of the call.
    End,
}
