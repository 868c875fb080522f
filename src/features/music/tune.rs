//! The track that plays before anybody has chosen one: thirty seconds of slow chords, computed when first asked for.
//!
//! No audio file is shipped. A file has an author and a license to explain, weighs more than this program's source,
//! and cannot be reviewed; a score of 45 notes has all of that in the open, and is surely ours. The track starts and
//! ends in silence: between two rounds of hold there is a short gap while Twilio asks us again, and only silence can
//! meet a gap without a click.
//!
//! Every platform computes the same bytes: frequencies are integers, the sine is a polynomial, and what is left is
//! plain arithmetic, which IEEE 754 defines to the last bit. Nothing is computed at start-up.

use std::sync::LazyLock;

use bytes::{BufMut, Bytes, BytesMut};

use super::wave::{HEADER_BYTES, RATE, mu_law, put_header};

/// How long our own track plays, in seconds.
pub const SECONDS: u32 = 30;

/// The entity tag of [`track`]: the start of its SHA-256, which a test compares, so a change of the tune changes it.
pub(super) const ETAG: &str = "\"cfaadf78ca9d3a69\"";

const SAMPLES: usize = (SECONDS * RATE) as usize;

/// Samples from one note to the next: 0.625 s, so that 48 of them are thirty seconds.
const STEP: usize = SAMPLES / 48;

/// Pitches in thousandths of a hertz, equal temperament on A = 440 Hz, from C4 to E6. A telephone carries 300 to
/// 3,400 Hz, so no note is lower; the overtones make up for the fundamental of the lowest.
const PITCHES: [u64; 29] = [
    261_626, 277_183, 293_665, 311_127, 329_628, 349_228, 369_994, 391_995, 415_305, 440_000,
    466_164, 493_883, 523_251, 554_365, 587_330, 622_254, 659_255, 698_456, 739_989, 783_991,
    830_609, 880_000, 932_328, 987_767, 1_046_502, 1_108_731, 1_174_659, 1_244_508, 1_318_510,
];

/// One line for each chord, six notes in each, counted in semitones from C4. The last chord stops early, to fade.
const SCORE: [[usize; 6]; 8] = [
    [0, 7, 12, 16, 19, 14],  // C
    [9, 12, 16, 19, 24, 16], // A minor
    [5, 12, 16, 21, 19, 12], // F
    [7, 14, 17, 21, 23, 19], // G
    [4, 11, 14, 19, 23, 16], // E minor
    [9, 12, 16, 21, 24, 19], // A minor
    [2, 9, 12, 17, 21, 14],  // D minor
    [0, 7, 12, REST, REST, REST],
];

/// No note.
const REST: usize = usize::MAX;

/// The whole track, header included. The first call computes it in some milliseconds; every later one is free.
#[must_use]
pub(super) fn track() -> Bytes {
    static TRACK: LazyLock<Bytes> = LazyLock::new(|| {
        let mut wav = BytesMut::with_capacity(HEADER_BYTES + SAMPLES);
        put_header(&mut wav, SECONDS * RATE);
        play(|sample| wav.put_u8(mu_law(sample)));
        wav.freeze()
    });
    TRACK.clone()
}

/// Plays the score, sample by sample; only the notes that still sound are held in memory.
fn play(mut out: impl FnMut(i16)) {
    let mut sounding: Vec<Note> = Vec::new();
    for (step, pitch) in SCORE.as_flattened().iter().enumerate() {
        sounding.retain(|note| note.left > 0);
        sounding.extend(PITCHES.get(*pitch).map(|pitch| Note::struck(*pitch)));
        let start = step * STEP;
        for at in start..start + STEP {
            let mixed: f32 = sounding.iter_mut().map(Note::next).sum();
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the peak is tested to be far below the limit"
            )]
            out((mixed * LOUDNESS * fade(at)) as i16);
        }
    }
}

/// Peak of one note at its loudest, out of 32,767: quiet, because it plays into a caller's ear for minutes.
const LOUDNESS: f32 = 5_000.0;

/// How far the last second and a half is turned down; 1.0 before it, 0.0 at the very end.
fn fade(at: usize) -> f32 {
    const FADE: u16 = 12_000;
    let left = u16::try_from(SAMPLES - 1 - at).unwrap_or(FADE).min(FADE);
    let turned = f32::from(left) / f32::from(FADE);
    turned * turned
}

/// A struck bar: a sine, its octave, and a bright fourth overtone that dies at once.
struct Note {
    /// Position in the wave; a whole turn is 2³².
    phase: u32,
    turn: u32,
    age: u16,
    left: u16,
    body: f32,
    shine: f32,
}

impl Note {
    /// Samples that a note sounds: 2.5 s.
    const LENGTH: u16 = 20_000;
    /// Samples in which it reaches its full strength, 10 ms: a slower edge is soft, a faster one clicks.
    const ATTACK: u16 = 80;
    /// Samples in which what is left of it is damped.
    const DAMPING: u16 = 800;
    /// Samples after which the bright overtone is below what µ-law can tell from silence.
    const SHINING: u16 = 4_000;

    fn struck(millihertz: u64) -> Self {
        let turn = (millihertz << 32) / (u64::from(RATE) * 1_000);
        let turn = u32::try_from(turn).unwrap_or(u32::MAX);
        Self {
            phase: 0,
            turn,
            age: 0,
            left: Self::LENGTH,
            body: 1.0,
            shine: 0.12,
        }
    }

    fn next(&mut self) -> f32 {
        if self.left == 0 {
            return 0.0;
        }
        // The overtone of a high note would lie above what 8,000 samples in a second can hold.
        let shine = if self.turn < u32::MAX / 10 && self.age < Self::SHINING {
            self.shine * sine(self.phase.wrapping_mul(4))
        } else {
            0.0
        };
        let mut wave =
            self.body * (sine(self.phase) + 0.25 * sine(self.phase.wrapping_mul(2))) + shine;
        if self.age < Self::ATTACK {
            wave *= f32::from(self.age) / f32::from(Self::ATTACK);
        }
        if self.left < Self::DAMPING {
            wave *= f32::from(self.left) / f32::from(Self::DAMPING);
        }
        self.phase = self.phase.wrapping_add(self.turn);
        self.age += 1;
        self.left -= 1;
        self.body *= 0.999_75;
        self.shine *= 0.998_5;
        wave
    }
}

/// The sine of a phase, by a polynomial that is off by less than 0.001: no caller hears that on a telephone.
fn sine(phase: u32) -> f32 {
    // Read as a signed number the phase runs from half a turn before zero to half a turn after.
    let turn = i16::from_be_bytes([phase.to_be_bytes()[0], phase.to_be_bytes()[1]]);
    let half_turns = f32::from(turn) / 32_768.0;
    // Fold the second and third quarter back: −0.5 to 0.5 stands for −90° to 90°.
    let folded = (0.5 - (half_turns.abs() - 0.5).abs()).copysign(half_turns);
    let x = folded * 2.0;
    let square = x * x;
    x * (1.570_628 - square * (0.643_193 - square * 0.072_565))
}
