//! Functions of `math` that Rust's standard library does not have.
//!
//! What the system's C library has is called there, since `python3` calls it too and the last digit is to agree; the
//! gamma function is a Lanczos approximation (N = 13, g = 6.02...), whose coefficients are the published ones.
#![expect(
    clippy::excessive_precision,
    reason = "published constants are kept as published"
)]
#![expect(clippy::float_cmp, reason = "special points are exact")]

mod libm {
    unsafe extern "C" {
        pub(super) fn asinh(x: f64) -> f64;
        pub(super) fn acosh(x: f64) -> f64;
        pub(super) fn atanh(x: f64) -> f64;
        pub(super) fn cbrt(x: f64) -> f64;
        pub(super) fn erf(x: f64) -> f64;
        pub(super) fn erfc(x: f64) -> f64;
        pub(super) fn nextafter(x: f64, y: f64) -> f64;
        pub(super) fn remainder(x: f64, y: f64) -> f64;
        pub(super) fn ldexp(x: f64, exponent: i32) -> f64;
    }
}

macro_rules! from_libm {
    ($($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*);)*) => {$(
        $(#[$doc])*
        pub fn $name($($arg: $type),*) -> f64 {
            // SAFETY: a pure function of the C library, for any arguments.
            unsafe { libm::$name($($arg),*) }
        }
    )*};
}

from_libm! {
    /// Inverse hyperbolic sine.
    asinh(x: f64);
    /// Inverse hyperbolic cosine.
    acosh(x: f64);
    /// Inverse hyperbolic tangent.
    atanh(x: f64);
    /// Cube root.
    cbrt(x: f64);
    /// The error function.
    erf(x: f64);
    /// 1 - erf(x), without the cancellation.
    erfc(x: f64);
    /// The next float after `x` towards `y`.
    nextafter(x: f64, y: f64);
    /// IEEE 754 remainder: `x - n*y` with `n` the integer nearest to `x/y`.
    remainder(x: f64, y: f64);
    /// `x * 2**exponent`, rounded once.
    ldexp(x: f64, exponent: i32);
}

const LANCZOS_G: f64 = 6.024_680_040_776_729_583_740_234_375;
const LANCZOS_NUMERATOR: [f64; 13] = [
    23_531_376_880.410_759_688_572_007_674_451_636_754_734_846_804_940,
    42_919_803_642.649_098_768_957_899_047_001_988_850_926_355_848_959,
    35_711_959_237.355_668_049_440_185_451_547_166_705_960_488_635_843,
    17_921_034_426.037_209_699_919_755_754_458_931_112_671_403_265_390,
    6_039_542_586.352_028_005_064_291_644_307_297_921_069_938_842_070_8,
    1_439_720_407.311_721_673_663_223_072_794_912_393_971_548_578_637_2,
    248_874_557.862_054_156_511_460_386_413_229_423_216_321_251_278_01,
    31_426_415.585_400_194_380_614_231_628_318_205_362_874_684_987_640,
    2_876_370.628_935_372_441_225_409_051_620_849_613_599_112_453_787_68,
    186_056.265_395_223_495_040_294_989_716_045_699_282_207_842_363_28,
    8_071.672_002_365_816_210_638_002_902_272_250_613_821_851_632_502_4,
    210.824_277_751_579_345_872_509_733_920_713_362_711_669_695_802_91,
    2.506_628_274_631_000_270_164_908_177_133_837_338_626_431_079_340_8,
];
const LANCZOS_DENOMINATOR: [f64; 13] = [
    0.0,
    39_916_800.0,
    120_543_840.0,
    150_917_976.0,
    105_258_076.0,
    45_995_730.0,
    13_339_535.0,
    2_637_558.0,
    357_423.0,
    32_670.0,
    1_925.0,
    66.0,
    1.0,
];

/// The Lanczos series at `x`, as a rational function; evaluated from the end that does not overflow.
fn lanczos_sum(x: f64) -> f64 {
    let fold =
        |(top, bottom): (f64, f64), (n, d): (&f64, &f64), x: f64| (top * x + n, bottom * x + d);
    let pairs = LANCZOS_NUMERATOR.iter().zip(&LANCZOS_DENOMINATOR);
    let (top, bottom) = if x < 5.0 {
        pairs
            .rev()
            .fold((0.0, 0.0), |sums, pair| fold(sums, pair, x))
    } else {
        pairs.fold((0.0, 0.0), |(top, bottom), (n, d)| {
            (top / x + n, bottom / x + d)
        })
    };
    top / bottom
}

/// `sin(pi * x)`, exact where the argument is large.
fn sin_pi(x: f64) -> f64 {
    use std::f64::consts::PI;
    let y = x.abs() % 2.0;
    let value = match (2.0 * y).round_ties_even() as i32 {
        0 => (PI * y).sin(),
        1 => (PI * (y - 0.5)).cos(),
        2 => (PI * (1.0 - y)).sin(),
        3 => -(PI * (y - 1.5)).cos(),
        _ => (PI * (y - 2.0)).sin(),
    };
    value * x.signum()
}

/// What went wrong in a function of one float.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// `math domain error`
    Domain,
    /// `math range error`
    Range,
}

/// The gamma function.
///
/// # Errors
/// At the poles (zero and the negative integers), and where the result overflows.
pub fn gamma(x: f64) -> Result<f64, Wrong> {
    if !x.is_finite() {
        return if x == f64::NEG_INFINITY {
            Err(Wrong::Domain)
        } else {
            Ok(x)
        };
    }
    if x == 0.0 {
        return Err(Wrong::Domain);
    }
    if x == x.floor() {
        if x < 0.0 {
            return Err(Wrong::Domain);
        }
        if x <= 23.0 {
            return Ok((1..x as u64).fold(1.0, |product, factor| product * factor as f64));
        }
    }
    let magnitude = x.abs();
    if magnitude < 1e-20 {
        let result = 1.0 / x;
        return if result.is_infinite() {
            Err(Wrong::Range)
        } else {
            Ok(result)
        };
    }
    if magnitude > 200.0 {
        return if x < 0.0 {
            Ok(0.0 / sin_pi(x))
        } else {
            Err(Wrong::Range)
        };
    }
    let y = magnitude + LANCZOS_G - 0.5;
    // What y lost in rounding, to be put right below.
    let lost = if magnitude > LANCZOS_G - 0.5 {
        let q = y - magnitude;
        q - (LANCZOS_G - 0.5)
    } else {
        let q = y - (LANCZOS_G - 0.5);
        q - magnitude
    };
    let correction = lost * LANCZOS_G / y;
    let result = if x < 0.0 {
        let mut result = -std::f64::consts::PI / sin_pi(magnitude) / magnitude * y.exp()
            / lanczos_sum(magnitude);
        result -= correction * result;
        if magnitude < 140.0 {
            result / y.powf(magnitude - 0.5)
        } else {
            let root = y.powf(magnitude / 2.0 - 0.25);
            result / root / root
        }
    } else {
        let mut result = lanczos_sum(magnitude) / y.exp();
        result += correction * result;
        if magnitude < 140.0 {
            result * y.powf(magnitude - 0.5)
        } else {
            let root = y.powf(magnitude / 2.0 - 0.25);
            result * root * root
        }
    };
    if result.is_infinite() {
        Err(Wrong::Range)
    } else {
        Ok(result)
    }
}

/// The lanczos sum with `exp(-g)` taken in.
fn lgamma_of_positive(magnitude: f64) -> f64 {
    let sum = lanczos_sum(magnitude).ln() - LANCZOS_G;
    sum + (magnitude - 0.5) * ((magnitude + LANCZOS_G - 0.5).ln() - 1.0)
}

/// The logarithm of the absolute value of the gamma function.
///
/// # Errors
/// At the poles, and where the result overflows.
pub fn lgamma(x: f64) -> Result<f64, Wrong> {
    if !x.is_finite() {
        return Ok(if x.is_nan() { x } else { f64::INFINITY });
    }
    if x == x.floor() && x <= 2.0 {
        return if x <= 0.0 {
            Err(Wrong::Domain)
        } else {
            Ok(0.0)
        };
    }
    let magnitude = x.abs();
    if magnitude < 1e-20 {
        return Ok(-magnitude.ln());
    }
    let mut result = lgamma_of_positive(magnitude);
    if x < 0.0 {
        result =
            1.144_729_885_849_400_174_14 - sin_pi(magnitude).abs().ln() - magnitude.ln() - result;
    }
    if result.is_infinite() {
        Err(Wrong::Range)
    } else {
        Ok(result)
    }
}

/// The sum of `values`, rounded once: the partial sums are kept exactly, as floats that don't overlap.
///
/// # Errors
/// `Domain` for infinities of both signs, `Range` if an intermediate sum overflows.
pub fn exact_sum(values: impl IntoIterator<Item = f64>) -> Result<f64, Wrong> {
    let mut partials: Vec<f64> = Vec::new();
    let mut special = 0.0;
    let mut any_special = false;
    for value in values {
        let mut carry = value;
        if !value.is_finite() {
            if special == -value && value.is_infinite() {
                return Err(Wrong::Domain);
            }
            special += value;
            any_special = true;
            continue;
        }
        let mut kept = 0;
        for index in 0..partials.len() {
            let (large, small) = if carry.abs() < partials[index].abs() {
                (partials[index], carry)
            } else {
                (carry, partials[index])
            };
            let high = large + small;
            let low = small - (high - large);
            if low != 0.0 {
                partials[kept] = low;
                kept += 1;
            }
            carry = high;
        }
        partials.truncate(kept);
        if carry.is_infinite() {
            return Err(Wrong::Range);
        }
        if carry != 0.0 {
            partials.push(carry);
        }
    }
    if any_special {
        return Ok(special);
    }
    Ok(round_partials(partials))
}

fn round_partials(mut partials: Vec<f64>) -> f64 {
    let Some(mut high) = partials.pop() else {
        return 0.0;
    };
    let mut low = 0.0;
    while let Some(next) = partials.pop() {
        let previous = high;
        high = previous + next;
        low = next - (high - previous);
        if low != 0.0 {
            break;
        }
    }
    // Half-way cases are decided by the sign of what is left.
    if let Some(&rest) = partials.last()
        && ((low < 0.0 && rest < 0.0) || (low > 0.0 && rest > 0.0))
    {
        let doubled = low * 2.0;
        let moved = high + doubled;
        if doubled == moved - high {
            high = moved;
        }
    }
    high
}

/// The Euclidean norm, without overflow on the way, and accurate to the last digit in nearly all cases: squares and
/// their sum are carried in two floats.
pub fn norm(coordinates: &[f64]) -> f64 {
    let mut largest = 0.0f64;
    let mut has_nan = false;
    for coordinate in coordinates {
        has_nan |= coordinate.is_nan();
        largest = largest.max(coordinate.abs());
    }
    if largest.is_infinite() {
        return largest;
    }
    if has_nan {
        return f64::NAN;
    }
    if largest == 0.0 || coordinates.len() <= 1 {
        return largest;
    }
    let (_, exponent) = split_exponent(largest);
    if exponent < -1021 {
        // Subnormal: make it larger first, exactly.
        let scaled: Vec<f64> = coordinates.iter().map(|c| c / f64::MIN_POSITIVE).collect();
        return f64::MIN_POSITIVE * norm(&scaled);
    }
    let scale = ldexp(1.0, -exponent);
    let mut sum = CarriedSum {
        sum: 1.0,
        lost_in_squares: 0.0,
        lost_in_sums: 0.0,
    };
    for coordinate in coordinates {
        sum.add_square(coordinate * scale, 1.0);
    }
    let root = sum.total().sqrt();
    sum.add_square(root, -1.0);
    (root + sum.total() / (2.0 * root)) / scale
}

/// A sum of squares, with what rounding took away kept beside it. It starts at one, so that every addend is smaller.
struct CarriedSum {
    sum: f64,
    lost_in_squares: f64,
    lost_in_sums: f64,
}

impl CarriedSum {
    /// Adds `sign * x * x`.
    fn add_square(&mut self, x: f64, sign: f64) {
        let square = sign * x * x;
        self.lost_in_squares += (sign * x).mul_add(x, -square);
        let total = self.sum + square;
        self.lost_in_sums += (self.sum - total) + square;
        self.sum = total;
    }

    fn total(&self) -> f64 {
        self.sum - 1.0 + (self.lost_in_squares + self.lost_in_sums)
    }
}

/// `frexp`: mantissa in `[0.5, 1)` and exponent.
pub fn split_exponent(value: f64) -> (f64, i32) {
    if value == 0.0 || !value.is_finite() {
        return (value, 0);
    }
    let field = ((value.to_bits() >> 52) & 0x7ff) as i32;
    if field == 0 {
        let (mantissa, exponent) = split_exponent(value * 2f64.powi(64));
        return (mantissa, exponent - 64);
    }
    let mantissa = f64::from_bits((value.to_bits() & !(0x7ff << 52)) | (1022 << 52));
    (mantissa, field - 1022)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gamma_at_known_points() {
        assert_eq!(gamma(5.0), Ok(24.0));
        assert_eq!(gamma(0.5), Ok(1.772_453_850_905_515_9));
        assert_eq!(gamma(-1.0), Err(Wrong::Domain));
        assert_eq!(gamma(172.0), Err(Wrong::Range));
        assert_eq!(lgamma(1.0), Ok(0.0));
        assert!((lgamma(0.5).unwrap() - 0.572_364_942_924_7).abs() < 1e-12);
    }

    #[test]
    fn sums_and_norms() {
        assert_eq!(exact_sum([0.1; 10]), Ok(1.0));
        assert_eq!(exact_sum([1e100, 1.0, -1e100]), Ok(1.0));
        assert_eq!(norm(&[3.0, 4.0]), 5.0);
        assert_eq!(norm(&[1e200, 1e200]), 1.414_213_562_373_095_1e200);
        assert_eq!(split_exponent(8.0), (0.5, 4));
    }
}
