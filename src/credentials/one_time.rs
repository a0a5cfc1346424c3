//! The second factor: time-based one-time codes (RFC 6238: SHA-1, six digits, 30 seconds) and recovery codes.

use std::fmt;

use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use totp_rs::{Algorithm, Builder, Secret, Totp};
use zeroize::Zeroizing;

use super::id::random;
use super::token::{HashedToken, PlainToken};
use crate::domain::time::Time;

/// Recovery codes that somebody gets.
pub const RECOVERY_CODES: usize = 10;
/// Seconds for which a code is shown.
const STEP_SECONDS: i64 = 30;
/// Steps before and after the present one whose codes do too, for clocks that differ.
const STEPS_APART_MAX: i64 = 1;
const DIGITS: usize = 6;
/// Random bytes of a secret: as many as the hash has (RFC 4226, section 4).
const SECRET_BYTES: usize = 20;
/// Letters of a recovery code, five bits each.
const RECOVERY_LETTERS: usize = 16;
/// Who the authenticator says the code is for.
const ISSUER: &str = "Recoger";

/// What an authenticator and the appliance share. Both have to know it in the clear.
pub struct TotpSecret(Zeroizing<[u8; SECRET_BYTES]>);

/// What somebody typed as `otp`.
#[derive(Clone)]
pub enum OneTimeCode {
    /// Six digits of an authenticator.
    Totp(Zeroizing<String>),
    /// Anything else can only be a recovery code.
    Recovery(HashedToken),
}

impl TotpSecret {
    /// A new one.
    pub fn generate() -> TotpSecret {
        TotpSecret(Zeroizing::new(random()))
    }

    /// One that was stored; `None` if it is none.
    pub fn from_bytes(bytes: &[u8]) -> Option<TotpSecret> {
        Some(TotpSecret(Zeroizing::new(bytes.try_into().ok()?)))
    }

    /// What is stored.
    pub fn as_bytes(&self) -> &[u8] {
        self.0.as_slice()
    }

    /// What people type into an authenticator.
    pub fn base32(&self) -> String {
        self.totp().secret().to_base32()
    }

    /// The same as a link for an authenticator, which is usually shown as a QR code.
    pub fn otpauth_url(&self, email: &str) -> String {
        let label = utf8_percent_encode(email, NON_ALPHANUMERIC);
        format!(
            "otpauth://totp/{ISSUER}:{label}?secret={}&issuer={ISSUER}&algorithm=SHA1&digits={DIGITS}&period={STEP_SECONDS}",
            self.base32()
        )
    }

    /// The step whose code `digits` is, of those around `now` that come after the step `used` last. `None` if it is the code of none of them.
    pub fn matching_step(&self, digits: &str, now: Time, used: i64) -> Option<i64> {
        let (totp, present) = (self.totp(), now.0 / STEP_SECONDS);
        let steps = (present - STEPS_APART_MAX)..=(present + STEPS_APART_MAX);
        steps.filter(|step| *step > used).find(|step| {
            let begin = u64::try_from(step * STEP_SECONDS);
            begin.is_ok_and(|begin| totp.check(digits, begin).is_some())
        })
    }

    fn totp(&self) -> Totp {
        let secret = Secret::new_stack(*self.0);
        let builder =
            Builder::new().with_algorithm(Algorithm::SHA1).with_digits(DIGITS as u8).with_step_duration(STEP_SECONDS.unsigned_abs());
        // Which steps do is decided above, where those that were used are known.
        builder.with_skew(0).with_secret(secret).build_noncompliant()
    }
}

impl fmt::Debug for TotpSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TotpSecret(…)")
    }
}

impl OneTimeCode {
    /// What was typed, without the blanks and dashes with which codes are shown.
    pub fn typed(text: &str) -> OneTimeCode {
        let plain: String = text.chars().filter(|letter| !letter.is_whitespace() && *letter != '-').collect();
        let plain = Zeroizing::new(plain.to_lowercase());
        match plain.len() == DIGITS && plain.bytes().all(|byte| byte.is_ascii_digit()) {
            true => OneTimeCode::Totp(plain),
            false => OneTimeCode::Recovery(PlainToken::given(&plain).hashed()),
        }
    }
}

impl fmt::Debug for OneTimeCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OneTimeCode(…)")
    }
}

/// New recovery codes, each of 80 random bits, as they are shown: four groups of four.
pub fn recovery_codes() -> [Zeroizing<String>; RECOVERY_CODES] {
    std::array::from_fn(|_| {
        const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
        let bytes = Zeroizing::new(random::<RECOVERY_LETTERS>());
        let mut text = Zeroizing::new(String::with_capacity(RECOVERY_LETTERS + 3));
        for (index, byte) in bytes.iter().enumerate() {
            if index > 0 && index % 4 == 0 {
                text.push('-');
            }
            text.push(char::from(ALPHABET[usize::from(byte & 31)]));
        }
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret of RFC 6238, appendix B.
    fn known() -> TotpSecret {
        TotpSecret::from_bytes(b"12345678901234567890").unwrap()
    }

    #[test]
    fn codes_are_those_of_the_rfc() {
        // Appendix B gives eight digits; six are the last of them.
        for (seconds, code) in [(59, "287082"), (1_111_111_109, "081804"), (1_234_567_890, "005924"), (2_000_000_000, "279037")] {
            assert_eq!(known().matching_step(code, Time(seconds), 0), Some(seconds / 30), "{code}");
        }
        assert_eq!(known().base32(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
    }

    #[test]
    fn a_code_does_one_step_early_and_late_and_never_after_it_was_used() {
        let (code, begin) = ("081804", 1_111_111_109 / 30 * 30);
        for (now, matches) in [(begin - 31, false), (begin - 30, true), (begin, true), (begin + 59, true), (begin + 60, false)] {
            assert_eq!(known().matching_step(code, Time(now), 0).is_some(), matches, "{}", now - begin);
        }
        assert_eq!(known().matching_step(code, Time(begin), begin / 30), None);
        assert_eq!(known().matching_step(code, Time(begin), begin / 30 - 1), Some(begin / 30));
        for wrong in ["081805", "81804", "0818040", "+81804", ""] {
            assert_eq!(known().matching_step(wrong, Time(begin), 0), None, "{wrong}");
        }
        assert_eq!(known().matching_step(code, Time(-100), -1_000), None);
    }

    #[test]
    fn an_authenticator_gets_every_parameter_and_an_escaped_name() {
        let url = known().otpauth_url("a+b@example.com");
        let secret = known().base32();
        assert_eq!(
            url,
            format!("otpauth://totp/Recoger:a%2Bb%40example%2Ecom?secret={secret}&issuer=Recoger&algorithm=SHA1&digits=6&period=30")
        );
    }

    #[test]
    fn what_is_typed_is_a_code_or_a_recovery_code_with_or_without_its_dashes() {
        assert!(matches!(OneTimeCode::typed(" 123 456 "), OneTimeCode::Totp(code) if *code == "123456"));
        let code = &recovery_codes()[0];
        let OneTimeCode::Recovery(shown) = OneTimeCode::typed(code) else { panic!("{}", code.as_str()) };
        let OneTimeCode::Recovery(typed) = OneTimeCode::typed(&code.replace('-', "").to_uppercase()) else { panic!("no recovery code") };
        assert_eq!(shown, typed);
    }

    #[test]
    fn recovery_codes_differ_and_nothing_secret_is_printed() {
        let codes = recovery_codes();
        let mut texts: Vec<&str> = codes.iter().map(|code| code.as_str()).collect();
        texts.sort_unstable();
        texts.dedup();
        assert_eq!((texts.len(), texts[0].len()), (RECOVERY_CODES, 19));
        assert_eq!(format!("{:?} {:?}", known(), OneTimeCode::typed("123456")), "TotpSecret(…) OneTimeCode(…)");
        assert!(TotpSecret::from_bytes(b"short").is_none());
    }
}
