//! A WAV file of µ-law samples, which is what the telephone network carries: Twilio has nothing to convert.

use bytes::{BufMut, BytesMut};

/// Samples in a second.
pub const RATE: u32 = 8_000;

/// Bytes before the first sample.
pub const HEADER_BYTES: usize = 58;

/// RIFF header of µ-law audio: a format chunk with an empty extension, a fact chunk, then the samples.
pub(super) fn put_header(wav: &mut BytesMut, samples: u32) {
    wav.put_slice(b"RIFF");
    wav.put_u32_le(samples + 50);
    wav.put_slice(b"WAVEfmt ");
    wav.put_u32_le(18);
    wav.put_u16_le(7); // µ-law
    wav.put_u16_le(1); // mono
    wav.put_u32_le(RATE);
    wav.put_u32_le(RATE); // bytes in a second
    wav.put_u16_le(1); // bytes in a sample of all channels
    wav.put_u16_le(8); // bits in a sample
    wav.put_u16_le(0);
    wav.put_slice(b"fact");
    wav.put_u32_le(4);
    wav.put_u32_le(samples);
    wav.put_slice(b"data");
    wav.put_u32_le(samples);
}

/// One sample in µ-law (ITU-T G.711): sign, three bits of exponent, four bits of mantissa, all inverted.
pub(super) fn mu_law(sample: i16) -> u8 {
    const BIAS: u16 = 0x84;
    const LIMIT: u16 = 32_635;
    let magnitude = sample.unsigned_abs().min(LIMIT) + BIAS;
    // The bias makes the highest set bit one of bits 7 to 14.
    let exponent = magnitude.ilog2() - 7;
    let mantissa = (magnitude >> (exponent + 3)) & 0x0f;
    let sign = if sample < 0 { 0x80 } else { 0 };
    let code = u32::from(mantissa) | exponent << 4 | sign;
    !u8::try_from(code & 0xff).unwrap_or_default()
}
