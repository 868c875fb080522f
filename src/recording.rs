//! What a caller records, and the task that it becomes: shared by voicemail and by messages from a queue.

pub mod followup;
