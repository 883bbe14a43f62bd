//! How long to wait before the same request is sent again.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use ureq::http::HeaderMap;

use crate::http::text;

/// The longest wait that the server does not ask for.
const LONGEST: Duration = Duration::from_secs(30);

/// Waits that double, each shortened by up to a half at random, so that requests that failed
/// together do not come together again.
pub(super) struct Backoff {
    random: ChaCha8Rng,
    first: Duration,
}

impl Backoff {
    pub(super) fn new(seed: u64, stream: usize, first: Duration) -> Self {
        let mut random = ChaCha8Rng::seed_from_u64(seed);
        random.set_stream(stream as u64);
        Self { random, first }
    }

    /// The wait after this many failures.
    pub(super) fn after(&mut self, failures: u32) -> Duration {
        let full = self.first.saturating_mul(1 << failures.saturating_sub(1).min(16)).min(LONGEST);
        full.mul_f64(self.random.random_range(0.5..=1.0))
    }
}

/// The wait that an answer asks for: `retry-after-ms`, `retry-after` in seconds or as a date, or
/// the time until a limit of OpenAI's that is used up is there again.
pub(super) fn asked(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let number = |name: &str| text(headers, name).and_then(|value| value.trim().parse::<f64>().ok());
    let seconds = |value: f64| Duration::try_from_secs_f64(value.max(0.0)).ok();
    if let Some(wait) = number("retry-after-ms").and_then(|value| seconds(value / 1000.0)) {
        return Some(wait);
    }
    if let Some(wait) = number("retry-after").and_then(seconds) {
        return Some(wait);
    }
    if let Some(date) = text(headers, "retry-after").and_then(date) {
        return Some(date.duration_since(now).unwrap_or_default());
    }
    let reset = |what: &str| {
        let is_used_up = number(&format!("x-ratelimit-remaining-{what}")).is_some_and(|left| left <= 0.0);
        text(headers, &format!("x-ratelimit-reset-{what}")).filter(|_| is_used_up).and_then(span)
    };
    reset("requests").max(reset("tokens"))
}

/// A span such as `1h2m3.5s` or `20ms`.
fn span(text: &str) -> Option<Duration> {
    let (mut rest, mut total) = (text.trim(), Duration::ZERO);
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let number: f64 = rest[..end].parse().ok()?;
        let unit_end = rest[end..].find(|c: char| c.is_ascii_digit()).map_or(rest.len(), |at| end + at);
        let seconds = match &rest[end..unit_end] {
            "ms" => 0.001,
            "s" => 1.0,
            "m" => 60.0,
            "h" => 3600.0,
            "d" => 86400.0,
            _ => return None,
        };
        total += Duration::try_from_secs_f64(number * seconds).ok()?;
        rest = &rest[unit_end..];
    }
    Some(total)
}

/// A date as RFC 9110 writes it, `Wed, 21 Oct 2015 07:28:00 GMT`.
fn date(text: &str) -> Option<SystemTime> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let parts: Vec<&str> = text.trim().split_once(", ")?.1.split([' ', ':']).collect();
    let [day, month, year, hour, minute, second, "GMT"] = parts[..] else { return None };
    let month = MONTHS.find(month).filter(|at| at % 3 == 0 && month.len() == 3)? as i64 / 3 + 1;
    let [day, year, hour, minute, second] = [day, year, hour, minute, second].map(|part| part.parse::<i64>().ok());
    // Days since 1970 in the Gregorian calendar, with years that begin in March (Hinnant,
    // "chrono-Compatible Low-Level Date Algorithms", days_from_civil).
    let year = if month > 2 { year? } else { year? - 1 };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day? - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468;
    let seconds = ((days * 24 + hour?) * 60 + minute?) * 60 + second?;
    UNIX_EPOCH.checked_add(Duration::from_secs(u64::try_from(seconds).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(pairs: &[(&'static str, &str)], now: u64) -> Option<f64> {
        let headers = pairs.iter().map(|&(name, value)| {
            (name.parse::<ureq::http::HeaderName>().unwrap(), value.parse::<ureq::http::HeaderValue>().unwrap())
        });
        let headers: HeaderMap = headers.collect();
        asked(&headers, UNIX_EPOCH + Duration::from_secs(now)).map(|wait| wait.as_secs_f64())
    }

    #[test]
    fn all_forms_of_a_wait_are_read() {
        assert_eq!(wait(&[("retry-after", "3")], 0), Some(3.0));
        assert_eq!(wait(&[("retry-after", "3"), ("retry-after-ms", "250")], 0), Some(0.25));
        assert_eq!(wait(&[("retry-after", "-3")], 0), Some(0.0));
        // Seconds since 1970 by `date -d`.
        assert_eq!(wait(&[("retry-after", "Wed, 21 Oct 2015 07:28:00 GMT")], 1_445_412_470), Some(10.0));
        assert_eq!(wait(&[("retry-after", "Thu, 29 Feb 2024 23:59:59 GMT")], 1_709_251_198), Some(1.0));
        assert_eq!(wait(&[("retry-after", "Thu, 29 Feb 2024 23:59:59 GMT")], 1_800_000_000), Some(0.0));
        for bad in ["soon", "inf", "1e400", "Wed, 21 Foo 2015 07:28:00 GMT", "Wed, 21 Oct 2015 07:28:00 CET"] {
            assert_eq!(wait(&[("retry-after", bad)], 0), None, "{bad}");
        }
    }

    #[test]
    fn a_limit_counts_when_it_is_used_up() {
        let reset = |left, span| wait(&[("x-ratelimit-remaining-tokens", left), ("x-ratelimit-reset-tokens", span)], 0);
        assert_eq!(reset("0", "6m0s"), Some(360.0));
        assert_eq!(reset("0", "1m2.5s"), Some(62.5));
        assert_eq!(reset("0", "20ms"), Some(0.02));
        assert_eq!([reset("5", "6m0s"), reset("0", "1y"), reset("0", "")], [None; 3]);
    }

    #[test]
    fn waits_double_and_are_the_same_for_the_same_seed() {
        let waits = |seed| {
            let mut backoff = Backoff::new(seed, 0, Duration::from_millis(100));
            (1..=12).map(|failures| backoff.after(failures).as_secs_f64()).collect::<Vec<_>>()
        };
        let first = waits(1);
        assert_eq!(first, waits(1));
        assert_ne!(first, waits(2));
        for (i, wait) in first.iter().enumerate() {
            let full = (0.1 * f64::from(1 << i)).min(30.0);
            assert!((0.5 * full..=full).contains(wait), "{i}: {wait}");
        }
    }
}
