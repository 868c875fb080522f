//! Callers who would rather not wait: what they hear, what agents find, what Twilio was told. The defects of the
//! published functions (`f1` …) are stories of that name.

mod agents;
mod calls;
mod defects;
mod faults;
mod left_behind;
mod line;
mod messages;
mod night;
mod operator;
mod studio;
mod words;
