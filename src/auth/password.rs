//! Passwords and random tokens: argon2id at OWASP's parameters; tokens of 256 bits kept only as SHA-256 digests.

use std::collections::HashSet;
use std::sync::OnceLock;

use argon2::password_hash::rand_core::OsRng;
use argon2::password_hash::{self, Output, PasswordHash, PasswordHasher as _, PasswordVerifier as _, SaltString};
use argon2::{Algorithm, Argon2, Params, Version};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rand::RngCore;
use sha2::{Digest, Sha256};

use crate::error::Error;

/// Hashes and verifies passwords.
#[derive(Debug)]
pub struct PasswordHasher {
    argon2: Argon2<'static>,
    /// A hash of nothing anybody knows: an unknown user must take as long as a wrong password.
    dummy: String,
}

impl PasswordHasher {
    /// argon2id with 19 MiB, 2 passes and 1 lane (OWASP Password Storage Cheat Sheet).
    pub fn new() -> Result<Self, Error> {
        let params = Params::new(19_456, 2, 1, None).map_err(|fault| Error::internal(fault.to_string()))?;
        let dummy = hash_of_nothing(&params).map_err(|fault| Error::internal(fault.to_string()))?;
        Ok(Self { argon2: Argon2::new(Algorithm::Argon2id, Version::V0x13, params), dummy })
    }

    /// The hash of a password, in PHC form with its salt and parameters.
    pub fn hash(&self, password: &str) -> Result<String, Error> {
        let salt = SaltString::generate(&mut OsRng);
        let hash = self.argon2.hash_password(password.as_bytes(), &salt);
        Ok(hash.map_err(|fault| Error::internal(fault.to_string()))?.to_string())
    }

    /// Whether the password is right. Takes as long where there is no hash to compare with.
    pub fn verify(&self, password: &str, hash: Option<&str>) -> bool {
        let matches = PasswordHash::new(hash.unwrap_or(&self.dummy))
            .is_ok_and(|parsed| self.argon2.verify_password(password.as_bytes(), &parsed).is_ok());
        matches && hash.is_some()
    }
}

/// A hash that no password has: thrown rather than computed, which would cost every start as much as a sign-in.
fn hash_of_nothing(params: &Params) -> password_hash::Result<String> {
    let salt = SaltString::generate(&mut OsRng);
    let mut thrown = [0_u8; Params::DEFAULT_OUTPUT_LEN];
    rand::rng().fill_bytes(&mut thrown);
    let hash = PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: params.try_into()?,
        salt: Some(salt.as_salt()),
        hash: Some(Output::new(&thrown)?),
    };
    Ok(hash.to_string())
}

/// A random token of 256 bits.
pub fn random_token() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// What is kept of a token.
pub fn token_digest(token: &str) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(token.as_bytes()))
}

/// What is wrong with a password for a person of this e-mail address.
///
/// Length is what counts, and that nobody would guess it (NCSC and NIST SP 800-63B alike): no rule asks for signs of
/// several kinds. A local part of one or two letters is in nearly every text, so it is not looked for.
pub fn weakness(password: &str, email: &str) -> Option<&'static str> {
    let local = email.split('@').next().unwrap_or_default().to_lowercase();
    let length = password.chars().count();
    if length < 12 {
        Some("Use at least 12 characters; several words make a good password.")
    } else if length > 256 {
        Some("Use at most 256 characters.")
    } else if local.chars().count() > 2 && password.to_lowercase().contains(&local) {
        Some("Leave out the part of the e-mail address before the @.")
    } else if is_common(password) {
        Some(
            "This is among the first that somebody would guess. Several words that do not belong together make a good password.",
        )
    } else {
        None
    }
}

/// Passwords that people are known to choose: see the head of the file.
const COMMON: &str = include_str!("common-passwords.txt");

/// Rows of a keyboard, along which fingers slide.
const ROWS: [&str; 4] = ["1234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm"];

/// Whether a password is one that people are known to choose, or one of those made longer in a way that guessers know:
/// with digits and signs around it, with digits in place of letters, written again and again, a run along the alphabet or
/// the keyboard, or few signs over and over.
fn is_common(password: &str) -> bool {
    static KNOWN: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| COMMON.lines().filter(|line| !line.starts_with("# ") && *line != "#").collect());
    let lower = password.to_lowercase();
    let signs: HashSet<char> = lower.chars().collect();
    // Where the same words are written again, once is what there is to guess.
    let once: String = lower.chars().take(period(&lower)).collect();
    let spelt: String = once.chars().map(as_letter).collect();
    let core = |text: &str| text.trim_matches(|c: char| !c.is_alphabetic()).to_owned();
    let forms = [lower.clone(), once.clone(), core(&once), core(&spelt), spelt];
    signs.len() < 5 || is_run(&lower) || forms.iter().any(|form| known.contains(form.as_str()))
}

/// After how many signs a text begins again, to its end.
fn period(text: &str) -> usize {
    let signs: Vec<char> = text.chars().collect();
    (1..=signs.len() / 2)
        .find(|step| {
            signs.len().is_multiple_of(*step) && signs.iter().zip(signs.iter().skip(*step)).all(|(a, b)| a == b)
        })
        .unwrap_or(signs.len())
}

/// Whether nearly all signs follow the one before, up or down the alphabet, the digits or a row of the keyboard.
fn is_run(text: &str) -> bool {
    let follows = |a: char, b: char| {
        let on_row = |row: &str| row.find(a).zip(row.find(b)).is_some_and(|(a, b)| a.abs_diff(b) == 1);
        u32::from(a).abs_diff(u32::from(b)) == 1 || ROWS.iter().any(|row| on_row(row))
    };
    let pairs = text.chars().zip(text.chars().skip(1));
    let breaks = pairs.filter(|(a, b)| !follows(*a, *b)).count();
    breaks * 4 <= text.chars().count()
}

/// The letter that a digit or sign often stands for.
fn as_letter(sign: char) -> char {
    match sign {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_unknown_user_is_compared_with_takes_as_long_as_a_hash() {
        let hasher = PasswordHasher::new().unwrap();
        let hash = hasher.hash("something to compare").unwrap();
        let cost = |hash: &str| {
            let hash = PasswordHash::new(hash).unwrap();
            let lengths = (hash.salt.map(|salt| salt.as_str().len()), hash.hash.map(|output| output.len()));
            (hash.algorithm.to_string(), hash.version, hash.params.to_string(), lengths)
        };
        assert_eq!(cost(&hasher.dummy), cost(&hash));
        assert!(!hasher.verify("something to compare", None));
        assert!(hasher.verify("something to compare", Some(&hash)));
    }

    fn is_weak(password: &str) -> bool {
        weakness(password, "ada@example.org").is_some()
    }

    #[test]
    fn a_password_is_judged_by_its_length_and_by_the_address() {
        assert!(is_weak("elevensigns"));
        assert!(!is_weak("twelve signs"));
        let long = "correct horse battery staple ".repeat(9).split_at(256).0.to_owned();
        assert!(!is_weak(&long));
        assert!(is_weak(&format!("{long}.")));
        assert!(is_weak("my name is ADA really"));
        assert!(weakness("a long password", "a@example.org").is_none());
    }

    #[test]
    fn what_many_people_choose_is_refused_however_it_is_made_longer() {
        for common in [
            "passwordpassword",
            "Password1234",
            "P@ssw0rd2026!",
            "liverpool2026",
            "123456789012",
            "qwertyuiop12",
            "1qaz2wsx3edc",
            "abcdefghijkl",
            "aaaaaaaaaaaa",
            "121212121212",
            "!!!!Chelsea!!!!",
            "dragondragondragon",
            "iloveyou1234",
        ] {
            assert!(is_weak(common), "{common}");
        }
        for fine in ["wide green umbrella", "marlbrook open day", "a brighter red bicycle", "Liverpool in the rain"] {
            assert!(!is_weak(fine), "{fine}");
        }
    }

    #[test]
    fn the_list_of_common_passwords_is_there() {
        let words: Vec<_> = COMMON.lines().filter(|line| !line.starts_with('#')).collect();
        assert!(words.len() >= 5000, "{}", words.len());
        assert!(words.iter().all(|word| word.to_lowercase() == **word));
    }
}
