//! Whether a text is a number that can be called at all.
//!
//! Networks put something into a caller ID even when there is no number to show: the words RESTRICTED, ANONYMOUS,
//! UNKNOWN or UNAVAILABLE keyed on a telephone keypad (Twilio: "Why am I receiving calls from these strange
//! numbers?"), the same behind a country code, or digits that no country has. A list of such texts never ends, so the
//! numbering plan decides: the country code must exist, and the number must be as long as that country's numbers are.
//! Length is all that is asked, because countries open new ranges faster than anybody's tables learn of them.
//!
//! The words are refused even where a country could have such a number: +1 737 874 2833 may be a phone in Austin, but
//! it is RESTRICTED far more often. Its owner is treated like a caller who withholds their number.

use phonenumber::{
    Type,
    metadata::{DATABASE, Metadata},
};

/// RESTRICTED, ANONYMOUS, UNKNOWN and UNAVAILABLE, keyed.
const WORDS: [&str; 4] = ["7378742833", "266696687", "8656696", "86282452253"];

/// No country code has more digits.
const LONGEST_CODE: usize = 3;

/// The kinds of numbers whose length is enough.
const KINDS: [Type; 10] = [
    Type::FixedLine,
    Type::Mobile,
    Type::TollFree,
    Type::PremiumRate,
    Type::SharedCost,
    Type::PersonalNumber,
    Type::Voip,
    Type::Pager,
    Type::Voicemail,
    Type::StandardRate,
];

/// Whether these digits, a country code first, can be a phone number.
pub(super) fn is_possible(digits: &str) -> bool {
    if !digits.bytes().all(|digit| digit.is_ascii_digit()) || WORDS.contains(&digits) {
        return false;
    }
    // No country code begins with another one.
    let mut splits = (1..=LONGEST_CODE).filter_map(|length| digits.split_at_checked(length));
    splits.any(|(code, national)| !WORDS.contains(&national) && is_in_plan(code, national))
}

fn is_in_plan(code: &str, national: &str) -> bool {
    let code = code.parse::<u16>().ok().filter(|_| !code.starts_with('0'));
    let regions = code.and_then(|code| DATABASE.by_code(&code));
    let length = u16::try_from(national.len()).unwrap_or(u16::MAX);
    let mut regions = regions.into_iter().flatten();
    regions.any(|region| has_length(region, length) || is_company(region, national))
}

/// Whether a country has numbers of this length.
fn has_length(region: &Metadata, length: u16) -> bool {
    let kinds = KINDS
        .iter()
        .filter_map(|kind| region.descriptors().get(*kind));
    kinds
        .into_iter()
        .any(|kind| kind.possible_length().contains(&length))
}

/// Whether it is a number of a company, which may be shorter than the others of its country; Canada has some of seven
/// digits, and no country's length may be taken from them.
fn is_company(region: &Metadata, national: &str) -> bool {
    let companies = region.descriptors().get(Type::Uan);
    companies.is_some_and(|companies| companies.is_match(national))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Texts that stand for no number, as they were seen in the field.
    const SEEN: [&str; 11] = [
        "7378742833",
        "17378742833",
        "1266696687",
        "266696687",
        "12562533",
        "18656696",
        "8656696",
        "86282452253",
        "186282452253",
        "447378742833",
        "811045000",
    ];

    #[test]
    fn what_stands_for_no_number_is_not_possible() {
        for digits in SEEN {
            assert!(!is_possible(digits), "{digits}");
        }
        for digits in ["", "0", "1", "+1", "abc", "0013035550123", "999123456789"] {
            assert!(!is_possible(digits), "{digits}");
        }
    }

    /// Whatever the tables give as an example of a country's numbers, of each kind.
    #[test]
    fn the_numbers_of_every_country_are_possible() {
        let mut seen = 0;
        for region in DATABASE.iter() {
            let kinds = KINDS
                .iter()
                .filter_map(|kind| region.descriptors().get(*kind));
            for example in kinds.filter_map(|kind| kind.example()) {
                let digits = format!("{}{example}", region.country_code());
                assert!(is_possible(&digits), "{} {digits}", region.id());
                seen += 1;
            }
        }
        assert!(seen > 1_000, "{seen} examples of about 250 countries");
    }
}
