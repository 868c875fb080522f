//! The hold music, listened to in numbers.

use sha2::{Digest, Sha256};
use switchboard::music::{HEADER_BYTES, RATE, SECONDS, track};

/// One µ-law sample as linear PCM, after the table of ITU-T G.711.
fn linear(code: u8) -> i32 {
    let code = !code;
    let (exponent, mantissa) = ((code >> 4) & 7, i32::from(code & 15));
    let magnitude = (((mantissa << 3) + 0x84) << exponent) - 0x84;
    if code & 0x80 == 0 {
        magnitude
    } else {
        -magnitude
    }
}

fn samples() -> Vec<i32> {
    track()[HEADER_BYTES..]
        .iter()
        .copied()
        .map(linear)
        .collect()
}

fn mean_square(samples: &[i32]) -> f64 {
    let squares: f64 = samples
        .iter()
        .map(|sample| f64::from(*sample).powi(2))
        .sum();
    squares / f64::from(u32::try_from(samples.len()).unwrap())
}

#[test]
fn the_header_tells_the_truth() {
    let wav = track();
    let word = |at: usize| u32::from_le_bytes(wav[at..at + 4].try_into().unwrap());
    let half = |at: usize| u16::from_le_bytes(wav[at..at + 2].try_into().unwrap());
    assert_eq!((&wav[..4], &wav[8..16]), (&b"RIFF"[..], &b"WAVEfmt "[..]));
    assert_eq!(usize::try_from(word(4)).unwrap(), wav.len() - 8);
    assert_eq!((word(16), half(20), half(22)), (18, 7, 1));
    assert_eq!((word(24), word(28), half(32), half(34)), (RATE, RATE, 1, 8));
    assert_eq!((&wav[38..42], word(46)), (&b"fact"[..], RATE * SECONDS));
    assert_eq!((&wav[50..54], word(54)), (&b"data"[..], RATE * SECONDS));
    assert_eq!(
        wav.len() - HEADER_BYTES,
        usize::try_from(RATE * SECONDS).unwrap()
    );
    assert!(wav.len() < 300_000);
}

#[test]
fn it_is_quiet_but_audible_and_never_clips() {
    let samples = samples();
    let peak = samples.iter().map(|sample| sample.abs()).max().unwrap();
    assert!((5_000..13_000).contains(&peak), "peak {peak}");
    let level = 20.0 * (mean_square(&samples).sqrt() / 32_768.0).log10();
    assert!((-27.0..-18.0).contains(&level), "{level} dB");
    let offset = samples.iter().sum::<i32>() / i32::try_from(samples.len()).unwrap();
    assert!(offset.abs() < 20, "offset {offset}");
}

#[test]
fn there_is_no_click_anywhere_and_none_at_the_seam() {
    let samples = samples();
    let twice: Vec<_> = samples.iter().chain(&samples).copied().collect();
    let jump = twice
        .windows(2)
        .map(|pair| (pair[1] - pair[0]).abs())
        .max()
        .unwrap();
    assert!(jump < 9_000, "jump {jump}");
    // A click is a bend, not a slope: the second difference of a pure 1.3 kHz tone at the peak level is below this.
    let bend = twice
        .windows(3)
        .map(|three| (three[2] - 2 * three[1] + three[0]).abs())
        .max()
        .unwrap();
    assert!(bend < 9_000, "bend {bend}");
    let edges = samples[..8].iter().chain(&samples[samples.len() - 400..]);
    assert!(edges.map(|sample| sample.abs()).max().unwrap() <= 200);
    assert_eq!((samples[0], samples[samples.len() - 1]), (0, 0));
}

#[test]
fn a_caller_never_takes_it_for_a_dead_line() {
    let samples = samples();
    for (second, window) in samples[..27 * 8_000].chunks(8_000).enumerate() {
        let level = mean_square(window).sqrt();
        assert!(level > 500.0, "second {second}: {level}");
    }
}

#[test]
fn every_platform_computes_the_same_bytes() {
    let digest = Sha256::digest(track());
    let short: String = digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    assert_eq!(short, "");
}
