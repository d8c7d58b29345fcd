//! Numbers and codes of people, and whether they can be: check digits, check letters, forms.

/// What an NHS number looks like.
pub const EXPECTED_NHS_NUMBER: &str = "Expected ten digits of which the last is the check digit (modulus 11).";
/// What a unique pupil number looks like.
pub const EXPECTED_UPN: &str = "Expected a check letter and twelve digits; in a temporary number the last is a letter.";
/// What a unique learner number looks like.
pub const EXPECTED_ULN: &str = "Expected ten digits of which the last is the check digit.";
/// What a postcode looks like.
pub const EXPECTED_POSTCODE: &str = "Expected a postcode such as BS1 4ST.";

/// A number as it is kept: without the blanks and hyphens that people write it with, in capitals.
pub fn squeeze(text: &str) -> String {
    text.split_whitespace().collect::<String>().to_uppercase().replace('-', "")
}

fn digits(text: &str) -> Option<Vec<u32>> {
    text.chars().map(|c| c.to_digit(10)).collect()
}

/// The sum of digits, each weighted by its place from the right, of all but the last; and the last.
fn weighed(text: &str) -> Option<(u32, u32)> {
    let digits = digits(text).filter(|digits| digits.len() == 10)?;
    let (last, rest) = digits.split_last()?;
    Some((rest.iter().zip((2..=10).rev()).map(|(digit, weight)| digit * weight).sum(), *last))
}

/// Whether the check digit of an NHS number fits: modulus 11 (NHS Data Dictionary, NHS NUMBER).
pub fn is_nhs_number(text: &str) -> bool {
    weighed(text).is_some_and(|(sum, last)| (11 - sum % 11) % 11 == last)
}

/// Whether the check digit of a unique learner number fits (Learning Records Service).
pub fn is_uln(text: &str) -> bool {
    weighed(text).is_some_and(|(sum, last)| sum % 11 != 0 && 10 - sum % 11 == last)
}

/// Whether the check letter of a unique pupil number fits: modulus 23 (DfE, Unique pupil numbers).
pub fn is_upn(text: &str) -> bool {
    const LETTERS: &str = "ABCDEFGHJKLMNPQRTUVWXYZ";
    let mut signs = text.chars();
    let Some(check) = signs.next() else {
        return false;
    };
    let rest: Vec<char> = signs.collect();
    if rest.len() != 12 {
        return false;
    }
    let value = |(place, sign): (usize, &char)| -> Option<usize> {
        match sign.to_digit(10) {
            Some(digit) => usize::try_from(digit).ok(),
            // A temporary number ends in a letter.
            None if place == 11 => LETTERS.find(*sign),
            None => None,
        }
    };
    let values: Option<Vec<usize>> = rest.iter().enumerate().map(value).collect();
    values.is_some_and(|values| {
        let sum: usize = values.iter().zip(2..).map(|(value, weight)| value * weight).sum();
        LETTERS.chars().nth(sum % 23) == Some(check)
    })
}

/// Puts the space of a postcode where it belongs: before the last three signs.
pub fn with_space(squeezed: String) -> String {
    match squeezed.len().checked_sub(3).filter(|_| squeezed.is_ascii()) {
        Some(at) if at > 0 => {
            let (outward, inward) = squeezed.split_at(at);
            format!("{outward} {inward}")
        }
        _ => squeezed,
    }
}

/// Whether this has the form of a postcode (BS 7666).
pub fn is_postcode(text: &str) -> bool {
    let Some((outward, inward)) = text.split_once(' ') else {
        return false;
    };
    let shape: String = outward
        .chars()
        .map(|c| match c {
            'A'..='Z' => 'A',
            '0'..='9' => '9',
            _ => '?',
        })
        .collect();
    let inward_fits = inward.len() == 3
        && inward.starts_with(|c: char| c.is_ascii_digit())
        && inward.chars().skip(1).all(|c| c.is_ascii_uppercase());
    text == "GIR 0AA" || (inward_fits && ["A9", "A99", "AA9", "AA99", "A9A", "AA9A"].contains(&shape.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_nhs_number_needs_its_check_digit() {
        assert!(is_nhs_number("9434765919"));
        assert!(!is_nhs_number("9434765918"));
        assert!(!is_nhs_number("943476591"));
        assert!(!is_nhs_number("94347659I9"));
    }

    #[test]
    fn a_upn_needs_its_check_letter() {
        let check =
            |digits: &str| "ABCDEFGHJKLMNPQRTUVWXYZ".chars().filter(|c| is_upn(&format!("{c}{digits}"))).count();
        assert_eq!(check("820200100001"), 1, "exactly one letter fits");
        assert_eq!(check("82020010000A"), 1, "a temporary number may end in a letter");
        assert_eq!(check("82020010A001"), 0, "a letter elsewhere is none");
        assert_eq!(check("8202001000"), 0);
        assert!(is_upn("H801200001001"));
        assert!(!is_upn("A801200001001"));
    }

    #[test]
    fn a_uln_needs_its_check_digit() {
        let fits = (0..10).filter(|last| is_uln(&format!("100000004{last}"))).count();
        assert!(fits <= 1);
        assert!(is_uln("1000000043"));
        assert!(!is_uln("1000000042"));
    }

    #[test]
    fn a_postcode_is_put_in_order_and_checked() {
        assert_eq!(with_space("BS14ST".to_owned()), "BS1 4ST");
        for fine in ["BS1 4ST", "M1 1AE", "B33 8TH", "CR2 6XH", "DN55 1PT", "W1A 0AX", "EC1A 1BB", "GIR 0AA"] {
            assert!(is_postcode(fine), "{fine}");
        }
        for wrong in ["BS1", "BS1 44T", "1BS 4ST", "BS111 4ST", "BS1  4ST", "B?1 4ST"] {
            assert!(!is_postcode(wrong), "{wrong}");
        }
    }
}
