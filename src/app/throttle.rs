//! How often one address may ask in a minute for what needs no sign-in.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant as Monotonic};

use crate::auth::network;

const MINUTE: Duration = Duration::from_secs(60);

/// How many addresses are counted at once. Beyond it the counts begin anew: memory stays bounded whoever asks.
const ADDRESSES: usize = 100_000;

/// Requests of this minute, by address. An IPv6 client has a whole network of addresses, so it is counted by its /64.
#[derive(Debug, Default)]
pub(super) struct Throttle(Mutex<Option<Counts>>);

#[derive(Debug)]
struct Counts {
    began: Monotonic,
    asked: HashMap<String, u32>,
}

impl Throttle {
    /// Counts a request. Answers for how many seconds the address has to wait where it asked `limit` times already.
    pub(super) fn admit(&self, address: &str, limit: u32) -> Result<(), u64> {
        let mut guard = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Monotonic::now();
        let counts = guard.get_or_insert_with(|| Counts { began: now, asked: HashMap::new() });
        let since = now.duration_since(counts.began);
        if since >= MINUTE || counts.asked.len() >= ADDRESSES {
            *counts = Counts { began: now, asked: HashMap::new() };
        }
        let asked = counts.asked.entry(network(address)).or_default();
        if *asked >= limit {
            return Err(MINUTE.saturating_sub(since).as_secs().saturating_add(1));
        }
        *asked = asked.saturating_add(1);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_asks_so_often_and_no_more() {
        let throttle = Throttle::default();
        assert_eq!((throttle.admit("192.0.2.1", 2), throttle.admit("192.0.2.1", 2)), (Ok(()), Ok(())));
        assert!(throttle.admit("192.0.2.1", 2).is_err_and(|wait| (1..=61).contains(&wait)));
        assert_eq!(throttle.admit("192.0.2.2", 2), Ok(()), "another address is another count");
    }

    #[test]
    fn an_ipv6_client_is_counted_by_its_network() {
        let throttle = Throttle::default();
        assert_eq!(throttle.admit("2001:db8:1:2::1", 1), Ok(()));
        assert!(throttle.admit("2001:db8:1:2:ffff::9", 1).is_err());
        assert_eq!(throttle.admit("2001:db8:1:3::1", 1), Ok(()));
    }
}
