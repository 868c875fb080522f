//! Phone numbers as people write them.

use phonenumber::{Mode, country};

/// A number as people at `home` write it: without the country's code if it is theirs, with it if it is another's.
/// What is no number (a name, `anonymous`, `client:ann`) stays as it is.
#[must_use]
pub fn shown(text: &str, home: country::Id) -> String {
    let Some(number) = read(text) else {
        return text.to_owned();
    };
    let mode = match number.country().id() {
        Some(id) if id == home => Mode::National,
        _ => Mode::International,
    };
    number.format().mode(mode).to_string()
}

/// The same with most of its digits hidden: for a terminal whose text is copied into tickets and chats. The first two
/// digits and the last two are left, as in log lines.
#[must_use]
pub fn masked(text: &str) -> String {
    let parsed: Option<crate::twilio::party::E164> = text.trim().parse().ok();
    parsed.map_or_else(|| text.to_owned(), |number| number.masked())
}

fn read(text: &str) -> Option<phonenumber::PhoneNumber> {
    let number = text.starts_with('+').then_some(text)?;
    let number = phonenumber::parse(None, number).ok()?;
    number.is_valid().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_own_country_are_national_and_others_international() {
        for (text, home, expected) in [
            ("+15127640580", country::Id::US, "(512) 764-0580"),
            ("+15127640580", country::Id::GB, "+1 512-764-0580"),
            ("+442079460958", country::Id::GB, "020 7946 0958"),
            ("anonymous", country::Id::US, "anonymous"),
            ("client:ann", country::Id::US, "client:ann"),
            ("Carl Jones", country::Id::US, "Carl Jones"),
            ("+1", country::Id::US, "+1"),
        ] {
            assert_eq!(shown(text, home), expected);
        }
    }

    #[test]
    fn a_masked_number_cannot_be_called() {
        assert_eq!(masked("+15127640580"), "+15…80");
        assert_eq!(masked("Carl Jones"), "Carl Jones");
    }
}
