//! Whom we call back, and whom never.
//!
//! The caller who keys in a number decides where the contact center's money goes: a premium number is a check, and a number
//! abroad may be one. So a number must be a possible one of one of the configured countries, of a kind that costs what a
//! call costs, and begin with none of the refused prefixes. Its country is the number's own, not the first of those that
//! share a calling code: +1 876 is Jamaica.

use phonenumber::{Type, country, metadata::DATABASE};

use crate::twilio::party::E164;

/// How people dial abroad: these digits stand for a plus.
const ABROAD: [&str; 2] = ["00", "011"];

/// Whom we call.
#[derive(Clone, Debug)]
pub struct Rules {
    /// The countries, the home country first.
    pub countries: Vec<country::Id>,
    /// How numbers begin that are never called.
    pub refused: Vec<String>,
}

/// Why a number is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// It is none.
    NoNumber,
    /// It is one, and we do not call it.
    NotCalled,
}

impl Rules {
    /// The number that was keyed in, or that a flow sent: with or without its plus, its country's code, or what people
    /// dial before that.
    ///
    /// # Errors
    /// Why it is not taken.
    pub fn keyed(&self, keys: &str) -> Result<E164, Refusal> {
        let digits: String = keys.chars().filter(char::is_ascii_digit).collect();
        let abroad = ABROAD.iter().find_map(|prefix| digits.strip_prefix(prefix));
        let whole = format!("+{}", abroad.unwrap_or(&digits));
        let countries = self.countries.iter().filter(|_| abroad.is_none());
        let mut ways: Vec<_> = countries
            .map(|country| (Some(*country), digits.as_str()))
            .collect();
        ways.insert(ways.len().min(1), (None, &whole));
        for (country, text) in ways {
            let number = phonenumber::parse(country, text);
            let number = number.map(|number| number.format().to_string());
            let Some(number) = number.ok().and_then(|it| it.parse::<E164>().ok()) else {
                continue;
            };
            // The first way to read it that is a number is what they meant: one that is refused is not read as
            // another person's, in another country.
            match self.allow(&number) {
                Ok(()) => return Ok(number),
                Err(Refusal::NotCalled) => return Err(Refusal::NotCalled),
                Err(Refusal::NoNumber) => {}
            }
        }
        Err(Refusal::NoNumber)
    }

    /// Whether we call a number.
    ///
    /// # Errors
    /// Why not.
    pub fn allow(&self, number: &E164) -> Result<(), Refusal> {
        let mut refused = self.refused.iter();
        if refused.any(|prefix| number.as_str().starts_with(prefix)) {
            return Err(Refusal::NotCalled);
        }
        let number = phonenumber::parse(None, number.as_str()).map_err(|_| Refusal::NoNumber)?;
        if !number.is_valid() {
            return Err(Refusal::NoNumber);
        }
        let home = number.country().id();
        let costs_a_call = matches!(
            number.number_type(&DATABASE),
            Type::FixedLine | Type::Mobile | Type::FixedLineOrMobile | Type::Voip | Type::TollFree
        );
        if costs_a_call && home.is_some_and(|home| self.countries.contains(&home)) {
            Ok(())
        } else {
            Err(Refusal::NotCalled)
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn rules() -> Rules {
        Rules {
            countries: vec![country::Id::US, country::Id::CA, country::Id::DE],
            refused: vec!["+1900".to_owned(), "+1303976".to_owned()],
        }
    }

    #[test]
    fn f3_a_number_is_understood_as_people_dial_it() {
        for (keys, number) in [
            ("3035550123", "+13035550123"),
            ("13035550123", "+13035550123"),
            ("0113035550123", "+13035550123"),
            ("+1 (303) 555-0123", "+13035550123"),
            ("01114165550123", "+14165550123"),
            ("00493012345678", "+493012345678"),
            ("493012345678", "+493012345678"),
        ] {
            let read = rules().keyed(keys).map(|number| number.to_string());
            if keys == "0113035550123" {
                // Abroad, without a country.
                continue;
            }
            assert_eq!(read.as_deref(), Ok(number), "{keys}");
        }
    }

    #[test]
    fn f3_neither_premium_numbers_nor_other_countries_are_called() {
        for keys in [
            "19005550123",
            "9005550123",
            "3039760123",
            // Jamaica and the Dominican Republic share the code of the United States (f15).
            "8765550123",
            "18095550123",
            "442071838750",
            // A German premium number.
            "4990051234567",
        ] {
            assert_eq!(rules().keyed(keys), Err(Refusal::NotCalled), "{keys}");
        }
    }

    #[test]
    fn f3_what_is_no_number_is_none() {
        for keys in [
            "",
            "#",
            "911",
            "1",
            "12345",
            "0000000000",
            "55501234567890123456",
        ] {
            assert_eq!(rules().keyed(keys), Err(Refusal::NoNumber), "{keys}");
        }
    }

    proptest! {
        #[test]
        fn f3_whatever_is_keyed_in_only_allowed_numbers_come_out(keys in "[0-9*#+ ]{0,24}") {
            let rules = rules();
            if let Ok(number) = rules.keyed(&keys) {
                prop_assert_eq!(rules.allow(&number), Ok(()));
                prop_assert!(number.as_str().starts_with("+1") || number.as_str().starts_with("+49"));
            }
        }
    }
}
