//! How many parts a text travels in (Twilio: "SMS character limit"; GSM 03.38).
//!
//! A text of the GSM alphabet holds 160 characters, in several parts 153 each; any other character makes all of it
//! UCS-2: 70, in several parts 67.

const BASIC: &str = "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡\
ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà";

/// These take two places.
const EXTENDED: &str = "^{}\\[~]|€\u{c}";

/// The number of parts.
pub(in crate::emulator) fn segments(text: &str) -> usize {
    let places = text.chars().map(|c| match c {
        c if BASIC.contains(c) => Some(1),
        c if EXTENDED.contains(c) => Some(2),
        _ => None,
    });
    let (length, alone, each) = match places.sum::<Option<usize>>() {
        Some(length) => (length, 160, 153),
        None => (text.encode_utf16().count(), 70, 67),
    };
    if length <= alone {
        1
    } else {
        length.div_ceil(each)
    }
}

#[cfg(test)]
mod tests {
    use super::segments;

    #[test]
    fn parts_are_counted_by_alphabet() {
        for (text, parts) in [
            (String::new(), 1),
            ("x".repeat(160), 1),
            ("x".repeat(161), 2),
            ("x".repeat(307), 3),
            ("€".repeat(81), 2),
            ("ł".repeat(70), 1),
            ("ł".repeat(71), 2),
            ("👍".repeat(36), 2),
        ] {
            assert_eq!(segments(&text), parts, "{text}");
        }
    }
}
