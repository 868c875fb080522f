//! The hours of a week, on the clock on the wall.
//!
//! They are written as people write them: `mon-fri 08:00-20:00, sat 09:00-13:00`. What begins on a day stands under that
//! day, so `fri 22:00-06:00` ends on Saturday morning. Whether it is time is asked of the local clock and of nothing
//! else: an hour that it leaves out in spring is not there, and one that it shows twice in autumn counts twice, because
//! a person who looks at the clock sees no more than that.
//!
//! Time zones come from the database that is built in, not from the machine: every replica means the same hours.

use std::{fmt, str::FromStr};

use jiff::{
    Timestamp,
    civil::{DateTime, Weekday},
    tz::{TimeZone, TimeZoneDatabase},
};

const DAY: u32 = 24 * 60;
const WEEK: u32 = 7 * DAY;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// How far ahead hours are looked for: a window a week stays out at most once, when its clock leaves it out.
const AHEAD: usize = 15;

/// The longest text of hours.
const LONGEST: usize = 1_000;

/// A time zone that exists.
///
/// # Errors
/// What is expected instead.
pub fn zone(name: &str) -> Result<TimeZone, Malformed> {
    let zone = TimeZoneDatabase::bundled().get(name);
    zone.map_err(|_| {
        Malformed(
            "expected the name of a time zone that exists, such as America/Chicago".to_owned(),
        )
    })
}

/// Why a text means no hours.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(String);

/// Part of a week: minutes since Monday at midnight, on a local clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Window {
    begins: u32,
    long: u32,
}

impl Window {
    fn holds(self, minute: u32) -> bool {
        (minute + WEEK - self.begins) % WEEK < self.long
    }
}

/// What a week looks like, wherever that may be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Week(Vec<Window>);

impl FromStr for Week {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let entries = text.split(',').map(str::trim);
        let entries = entries.filter(|entry| !entry.is_empty());
        if text.len() > LONGEST {
            return Err(Malformed(format!("at most {LONGEST} characters")));
        }
        let windows: Vec<_> = entries.map(windows).collect::<Result<_, _>>()?;
        let windows: Vec<_> = windows.into_iter().flatten().collect();
        if windows.is_empty() {
            return Err(malformed(text));
        }
        Ok(Self(windows))
    }
}

fn malformed(entry: &str) -> Malformed {
    Malformed(format!(
        "expected days and times, such as mon-fri 08:00-20:00, not \"{entry}\""
    ))
}

/// One entry: the days, a blank, from when to when.
fn windows(entry: &str) -> Result<Vec<Window>, Malformed> {
    let read = || {
        let (days, times) = entry.split_once(char::is_whitespace)?;
        let (from, to) = times.split_once('-')?;
        Some((days_of(days)?, minute(from)?, minute(to)?))
    };
    let (days, from, to) = read().ok_or_else(|| malformed(entry))?;
    if from == to {
        return Err(Malformed(format!(
            "\"{entry}\" begins when it ends; a whole day is 00:00-24:00"
        )));
    }
    if from == DAY {
        return Err(malformed(entry));
    }
    let long = if to > from {
        to - from
    } else {
        to + DAY - from
    };
    let begins = |day| day * DAY + from;
    let window = |day| Window {
        begins: begins(day),
        long,
    };
    Ok(days.into_iter().map(window).collect())
}

/// The days of `mon`, `mon-fri` or `sat-mon`, counted from Monday.
fn days_of(text: &str) -> Option<Vec<u32>> {
    let day = |name: &str| {
        let place = DAYS.iter().position(|day| day.eq_ignore_ascii_case(name))?;
        u32::try_from(place).ok()
    };
    let (first, last) = match text.split_once('-') {
        Some((first, last)) => (day(first)?, day(last)?),
        None => (day(text)?, day(text)?),
    };
    let many = (last + 7 - first) % 7;
    Some((0..=many).map(|after| (first + after) % 7).collect())
}

/// The minute of a day: `08:00`, `8:00` or `24:00`.
fn minute(text: &str) -> Option<u32> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if !(1..=2).contains(&hours.len()) || minutes.len() != 2 || !digits(hours) || !digits(minutes) {
        return None;
    }
    let (hours, minutes): (u32, u32) = (hours.parse().ok()?, minutes.parse().ok()?);
    let minute = hours * 60 + minutes;
    (minutes < 60 && minute <= DAY).then_some(minute)
}

/// The hours of a week in a time zone.
#[derive(Clone)]
pub struct Hours {
    week: Week,
    zone: TimeZone,
}

impl fmt::Debug for Hours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hours")
            .field("week", &self.week)
            .field("zone", &self.zone.iana_name())
            .finish()
    }
}

impl Hours {
    /// A week in a time zone.
    #[must_use]
    pub const fn new(week: Week, zone: TimeZone) -> Self {
        Self { week, zone }
    }

    /// Whether a moment is in the hours.
    #[must_use]
    pub fn hold(&self, at: Timestamp) -> bool {
        let minute = minute_of_week(self.zone.to_datetime(at));
        self.week.0.iter().any(|window| window.holds(minute))
    }

    /// When the hours next begin: now, if they have.
    #[must_use]
    pub fn begin(&self, now: Timestamp) -> Option<Timestamp> {
        if self.hold(now) {
            return Some(now);
        }
        // They begin when the clock shows the beginning of a window, or when it is put forward into one.
        let mut moments = self.beginnings(now);
        let changes = self.zone.following(now).map(|change| change.timestamp());
        let last = moments.iter().max().copied().unwrap_or(now);
        moments.extend(changes.take_while(|at| *at <= last));
        moments.sort_unstable();
        moments.into_iter().find(|at| *at > now && self.hold(*at))
    }

    /// When the clock shows the beginning of a window, in the next two weeks.
    fn beginnings(&self, now: Timestamp) -> Vec<Timestamp> {
        let today = self.zone.to_datetime(now).date();
        let days = std::iter::successors(Some(today), |day| day.tomorrow().ok());
        let mut moments = vec![];
        for day in days.take(AHEAD) {
            let begins = self.week.0.iter().map(|window| window.begins);
            let first = monday_offset(day.weekday()) * DAY;
            for minute in begins.filter(|begins| (first..first + DAY).contains(begins)) {
                let minute = minute - first;
                let time = i8::try_from(minute / 60)
                    .ok()
                    .zip(i8::try_from(minute % 60).ok());
                let Some((hour, minute)) = time else { continue };
                let shown = self.zone.to_ambiguous_timestamp(day.at(hour, minute, 0, 0));
                moments.extend(shown.earlier().ok());
                moments.extend(shown.later().ok());
            }
        }
        moments
    }
}

fn monday_offset(day: Weekday) -> u32 {
    u32::try_from(day.to_monday_zero_offset()).unwrap_or_default()
}

fn minute_of_week(local: DateTime) -> u32 {
    let part = |part: i8| u32::try_from(part).unwrap_or_default();
    monday_offset(local.weekday()) * DAY + part(local.hour()) * 60 + part(local.minute())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn hours(week: &str, name: &str) -> Hours {
        Hours::new(week.parse().unwrap(), zone(name).unwrap())
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_week_is_what_people_write() {
        let hours = hours("mon-fri 08:00-20:00, SAT 9:00-13:00", "UTC");
        for (moment, open) in [
            // A Friday.
            ("2027-01-15T07:59:59Z", false),
            ("2027-01-15T08:00:00Z", true),
            ("2027-01-15T19:59:59Z", true),
            ("2027-01-15T20:00:00Z", false),
            ("2027-01-16T08:30:00Z", false),
            ("2027-01-16T12:59:00Z", true),
            ("2027-01-17T10:00:00Z", false),
            ("2027-01-18T08:00:00Z", true),
        ] {
            assert_eq!(hours.hold(at(moment)), open, "{moment}");
        }
        assert_eq!(
            hours.begin(at("2027-01-16T13:00:00Z")),
            Some(at("2027-01-18T08:00:00Z"))
        );
        assert_eq!(
            hours.begin(at("2027-01-18T09:00:00Z")),
            Some(at("2027-01-18T09:00:00Z"))
        );
    }

    /// The published schedule can never match such a window.
    #[test]
    fn f14_a_window_goes_over_midnight() {
        let hours = hours("fri 22:00-06:00, sun 23:00-01:00", "UTC");
        for (moment, open) in [
            ("2027-01-15T21:59:00Z", false),
            ("2027-01-15T22:00:00Z", true),
            ("2027-01-16T05:59:00Z", true),
            ("2027-01-16T06:00:00Z", false),
            ("2027-01-16T22:00:00Z", false),
            // Over the end of the week.
            ("2027-01-18T00:59:00Z", true),
            ("2027-01-18T01:00:00Z", false),
        ] {
            assert_eq!(hours.hold(at(moment)), open, "{moment}");
        }
    }

    #[test]
    fn the_clock_on_the_wall_decides_when_it_is_put_forward_or_back() {
        let hours = hours("mon-sun 08:00-20:00", "America/Chicago");
        // UTC-6 in winter, UTC-5 from the 14th of March on.
        assert_eq!(
            hours.begin(at("2027-03-13T10:00:00Z")),
            Some(at("2027-03-13T14:00:00Z"))
        );
        assert_eq!(
            hours.begin(at("2027-03-14T10:00:00Z")),
            Some(at("2027-03-14T13:00:00Z"))
        );
        assert_eq!(
            hours.begin(at("2027-11-07T10:00:00Z")),
            Some(at("2027-11-07T14:00:00Z"))
        );
    }

    #[test]
    fn hours_that_the_clock_leaves_out_begin_after_it() {
        let left_out = hours("sun 02:30-05:00", "America/Chicago");
        let forward = at("2027-03-14T08:00:00Z");
        assert_eq!(left_out.begin(at("2027-03-14T05:00:00Z")), Some(forward));
        // All of them: a week later.
        let all = hours("sun 02:10-02:50", "America/Chicago");
        assert_eq!(
            all.begin(at("2027-03-14T05:00:00Z")),
            Some(at("2027-03-21T07:10:00Z"))
        );
        // Shown twice.
        let twice = hours("sun 01:10-01:20", "America/Chicago");
        assert_eq!(
            twice.begin(at("2027-11-07T06:30:00Z")),
            Some(at("2027-11-07T07:10:00Z"))
        );
    }

    #[test]
    fn what_means_no_hours_is_told() {
        for text in [
            "",
            ",",
            "mon",
            "08:00-20:00",
            "mon 8-20",
            "mon 08:00",
            "mon 24:00-06:00",
            "mon 08:00-24:01",
            "mon 08:60-09:00",
            "mon-foo 08:00-09:00",
            "mon 08:00-08:00",
            "mon 08:00 - 09:00 x",
            "mon +8:00-09:00",
        ] {
            assert!(text.parse::<Week>().is_err(), "{text}");
        }
        assert!("sat-mon 00:00-24:00".parse::<Week>().is_ok());
        assert!("mon 08:00 - 09:00".parse::<Week>().is_ok());
        for name in ["", "Mars/Olympus", "UTC+25", "America/", "../UTC"] {
            assert!(zone(name).is_err(), "{name}");
        }
        assert_eq!(
            zone("america/chicago").unwrap().iana_name(),
            Some("America/Chicago")
        );
    }

    proptest! {
        /// Looked for minute by minute, they begin at the same moment.
        #[test]
        fn they_begin_when_they_first_hold(
            windows in proptest::collection::vec((0_u32..7, 0_u32..48, 1_u32..48), 1..4),
            day in 0_i64..400, minute in 0_i64..1_440,
            place in proptest::sample::select(vec!["UTC", "America/Chicago", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kolkata"]),
        ) {
            let windows = windows.into_iter().map(|(day, from, long)| Window { begins: day * DAY + from * 30, long: long * 30 });
            let hours = Hours::new(Week(windows.collect()), zone(place).unwrap());
            let now = 1_800_000_000 + day * 86_400 + minute * 60;
            let moment = |minutes: i64| Timestamp::from_second(now + minutes * 60).unwrap();
            let first = (0..16 * 1_440).map(moment).find(|at| hours.hold(*at));
            prop_assert_eq!(hours.begin(moment(0)), first);
        }
    }
}
