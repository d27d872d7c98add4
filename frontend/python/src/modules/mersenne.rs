//! The Mersenne Twister MT19937 (Matsumoto and Nishimura 1998), seeded as `random.seed(int)` seeds it, so that a
//! seeded program prints the numbers it prints under `python3`.

const SIZE: usize = 624;
const MIDDLE: usize = 397;

/// A generator.
pub struct Mersenne {
    state: [u32; SIZE],
    index: usize,
}

impl Mersenne {
    /// Seeded with one word.
    fn from_word(seed: u32) -> Self {
        let mut state = [0u32; SIZE];
        state[0] = seed;
        for i in 1..SIZE {
            let previous = state[i - 1];
            state[i] = 1_812_433_253u32
                .wrapping_mul(previous ^ (previous >> 30))
                .wrapping_add(i as u32);
        }
        Self { state, index: SIZE }
    }

    /// Seeded with the 32-bit digits of a non-negative integer, lowest first; an empty key is zero.
    pub fn from_key(key: &[u32]) -> Self {
        let key = if key.is_empty() { &[0][..] } else { key };
        let mut generator = Self::from_word(19_650_218);
        let state = &mut generator.state;
        let (mut i, mut j) = (1, 0);
        let wrap = |state: &mut [u32; SIZE], i: &mut usize| {
            *i += 1;
            if *i >= SIZE {
                state[0] = state[SIZE - 1];
                *i = 1;
            }
        };
        for _ in 0..SIZE.max(key.len()) {
            let previous = state[i - 1];
            state[i] = (state[i] ^ (previous ^ (previous >> 30)).wrapping_mul(1_664_525))
                .wrapping_add(key[j])
                .wrapping_add(j as u32);
            wrap(state, &mut i);
            j = (j + 1) % key.len();
        }
        for _ in 0..SIZE - 1 {
            let previous = state[i - 1];
            state[i] = (state[i] ^ (previous ^ (previous >> 30)).wrapping_mul(1_566_083_941))
                .wrapping_sub(i as u32);
            wrap(state, &mut i);
        }
        state[0] = 0x8000_0000;
        generator
    }

    fn refill(&mut self) {
        for i in 0..SIZE {
            let bits = (self.state[i] & 0x8000_0000) | (self.state[(i + 1) % SIZE] & 0x7fff_ffff);
            let mixed = if bits & 1 == 1 { 0x9908_b0df } else { 0 };
            self.state[i] = self.state[(i + MIDDLE) % SIZE] ^ (bits >> 1) ^ mixed;
        }
        self.index = 0;
    }

    /// 32 random bits.
    pub fn next_u32(&mut self) -> u32 {
        if self.index >= SIZE {
            self.refill();
        }
        let mut bits = self.state[self.index];
        self.index += 1;
        bits ^= bits >> 11;
        bits ^= (bits << 7) & 0x9d2c_5680;
        bits ^= (bits << 15) & 0xefc6_0000;
        bits ^ (bits >> 18)
    }

    /// A float in `[0, 1)` of 53 random bits.
    pub fn next_f64(&mut self) -> f64 {
        let high = f64::from(self.next_u32() >> 5);
        let low = f64::from(self.next_u32() >> 6);
        (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0
    }

    /// The 32-bit digits, lowest first, of an integer of `bits` random bits.
    pub fn next_bits(&mut self, bits: usize) -> Vec<u32> {
        let words = bits.div_ceil(32);
        let mut digits: Vec<u32> = (0..words).map(|_| self.next_u32()).collect();
        if let Some(last) = digits.last_mut()
            && !bits.is_multiple_of(32)
        {
            *last >>= 32 - bits % 32;
        }
        digits
    }

    /// A random integer below `bound`, which is not zero.
    pub fn next_below(&mut self, bound: u64) -> u64 {
        let bits = (64 - bound.leading_zeros()) as usize;
        loop {
            let value = self
                .next_bits(bits)
                .iter()
                .rev()
                .fold(0u64, |value, &digit| value << 32 | u64::from(digit));
            if value < bound {
                return value;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_stream_is_the_reference_one() {
        // python3: random.seed(42); random.random(), random.getrandbits(40)
        let mut generator = Mersenne::from_key(&[42]);
        assert_eq!(
            generator.next_f64().to_bits(),
            0.639_426_798_457_883_7f64.to_bits()
        );
        assert_eq!(
            generator.next_f64().to_bits(),
            0.025_010_755_222_666_936f64.to_bits()
        );
    }
}
