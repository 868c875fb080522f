//! What a list is asked to keep: read from the query once, then held against every row.

use jiff::{Timestamp, civil::Date, tz::TimeZone};

use super::super::{Refusal, RestRequest};

/// A field that must be equal to what was asked for, if anything was.
#[derive(Clone, Copy)]
pub(super) struct Same<'a>(Option<&'a str>);

impl<'a> Same<'a> {
    pub(super) fn of(request: &'a RestRequest, name: &str) -> Self {
        Self(request.query_value(name))
    }

    pub(super) fn holds(self, value: &str) -> bool {
        self.0.is_none_or(|wanted| wanted == value)
    }
}

/// A date that must be on a day, not after one (`<`), or not before one (`>`). Twilio compares days in UTC.
pub(super) struct Days {
    on: Option<Date>,
    until: Option<Date>,
    from: Option<Date>,
}

impl Days {
    /// # Errors
    /// When what was asked for is no date.
    pub(super) fn of(request: &RestRequest, name: &str) -> Result<Self, Refusal> {
        let asked = |sign: &str| {
            let name = format!("{name}{sign}");
            let Some(wanted) = request.query_value(&name) else {
                return Ok(None);
            };
            let day = wanted.get(..10).and_then(|day| day.parse().ok());
            let refused = || Refusal::invalid(format!("{name} is not a date"));
            day.map(Some).ok_or_else(refused)
        };
        Ok(Self {
            on: asked("")?,
            until: asked("<")?,
            from: asked(">")?,
        })
    }

    /// Whether it is kept; what has no date yet only if none was asked for.
    pub(super) fn holds(&self, at: Option<Timestamp>) -> bool {
        if self.on.is_none() && self.until.is_none() && self.from.is_none() {
            return true;
        }
        at.is_some_and(|at| {
            let day = at.to_zoned(TimeZone::UTC).date();
            self.on.is_none_or(|wanted| day == wanted)
                && self.until.is_none_or(|wanted| day <= wanted)
                && self.from.is_none_or(|wanted| day >= wanted)
        })
    }
}
