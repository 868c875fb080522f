//! The hold music, listened to in numbers.

use std::fs;

use bytes::Bytes;
use switchboard::features::music::{HEADER_BYTES, Music, RATE, SECONDS, Settings, Source};

fn track() -> Bytes {
    Music::default().track(0).expect("our own track").bytes
}

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
    squares / f64::from(u32::try_from(samples.len()).expect("a short track"))
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
    // A click is neither loud nor steep, it is sudden: the third difference tells it from music. Struck without their
    // soft edge, the notes reach 11,000.
    let sudden = |four: &[i32]| (four[3] - 3 * four[2] + 3 * four[1] - four[0]).abs();
    let worst = twice.windows(4).map(sudden).max().unwrap();
    assert!(worst < 8_500, "worst {worst}");
    let edges = samples[..2].iter().chain(&samples[samples.len() - 400..]);
    let edge = edges.map(|sample| sample.abs()).max().unwrap();
    assert!(edge <= 60, "edge {edge}");
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
fn the_operators_files_are_served_and_urls_are_left_to_others() {
    let folder = std::env::temp_dir().join(format!("switchboard-{}-music", std::process::id()));
    fs::create_dir_all(&folder).unwrap();
    let file = folder.join("one.mp3");
    fs::write(&file, b"ID3 music").unwrap();
    let elsewhere = "https://example.com/two.mp3".to_owned();
    let tracks = Settings {
        tracks: vec![
            Source::File(file.clone()),
            Source::Url(elsewhere.clone()),
            Source::BuiltIn,
        ],
    };
    let music = Music::open(&tracks).unwrap();
    let urls = tracks.urls("https://a.example/b");
    let ours = |number: usize| format!("https://a.example/b/hold-music/{number}");
    assert_eq!(urls, [ours(0), elsewhere, ours(2)]);
    let first = music.track(0).unwrap();
    assert_eq!(
        (&first.bytes[..], first.media_type),
        (&b"ID3 music"[..], "audio/mpeg")
    );
    assert!(music.track(1).is_none() && music.track(3).is_none());
    let third = music.track(2).unwrap();
    assert_eq!((third.bytes, third.media_type), (track(), "audio/wav"));
    assert_ne!(first.etag, third.etag);

    fs::write(&file, b"").unwrap();
    let refusal = Music::open(&tracks).unwrap_err().to_string();
    assert!(refusal.ends_with("one.mp3: is empty"), "{refusal}");
    fs::remove_dir_all(&folder).unwrap();
    let refusal = Music::open(&tracks).unwrap_err().to_string();
    assert!(refusal.ends_with("one.mp3: cannot be read"), "{refusal}");
}
