//! Who asks, where proxies stand between.
//!
//! A proxy tells in a header for whom it asks, and anybody can send such a header. So it is believed only of proxies that
//! the settings trust, and read from its end: each trusted proxy vouches for the address that it added, and for nothing
//! before that.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::http::header::{FORWARDED, HeaderName, X_FORWARDED_FOR};
use ipnet::IpNet;

/// The address of the client, behind the proxies that are trusted.
pub(super) fn address(request: &HttpRequest, trusted: &[IpNet]) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    let values = |name: HeaderName| -> Vec<&str> {
        request.headers().get_all(name).map(|value| value.to_str().unwrap_or_default()).collect()
    };
    Some(behind(peer, trusted, &values(FORWARDED), &values(X_FORWARDED_FOR)))
}

/// Where both headers are there and tell different clients, one of them came through from outside: neither is believed.
fn behind(peer: IpAddr, trusted: &[IpNet], forwarded: &[&str], x_forwarded_for: &[&str]) -> IpAddr {
    let of = |values: &[&str], read: fn(&str) -> Option<IpAddr>| {
        let hops: Vec<_> = values.iter().flat_map(|value| value.split(',')).map(read).collect();
        follow(peer, trusted, &hops)
    };
    let by_standard = of(forwarded, forwarded_for);
    let by_custom = of(x_forwarded_for, node);
    match (forwarded.is_empty(), x_forwarded_for.is_empty()) {
        (true, _) => by_custom,
        (false, true) => by_standard,
        (false, false) if by_standard == by_custom => by_standard,
        (false, false) => peer,
    }
}

/// Goes back from the peer as long as whoever vouches is trusted.
fn follow(peer: IpAddr, trusted: &[IpNet], hops: &[Option<IpAddr>]) -> IpAddr {
    let mut client = peer;
    for hop in hops.iter().rev() {
        match hop {
            Some(hop) if trusted.iter().any(|net| net.contains(&client)) => client = *hop,
            _ => break,
        }
    }
    client
}

/// The `for` of one element of `Forwarded` (RFC 7239, section 4).
fn forwarded_for(element: &str) -> Option<IpAddr> {
    element.split(';').find_map(|pair| {
        let (name, value) = pair.split_once('=')?;
        name.trim().eq_ignore_ascii_case("for").then(|| node(value))?
    })
}

/// An address as a proxy writes it: quoted or not, with a port or without (RFC 7239, section 6).
fn node(text: &str) -> Option<IpAddr> {
    let text = text.trim().trim_matches('"');
    let bare = match text.strip_prefix('[') {
        Some(rest) => rest.split(']').next()?,
        None if text.matches(':').count() == 1 => text.split(':').next()?,
        None => text,
    };
    bare.parse::<IpAddr>().ok().map(|address| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEER: &str = "10.0.0.2";

    fn client(peer: &str, forwarded: &[&str], x_forwarded_for: &[&str]) -> String {
        let trusted = ["10.0.0.0/8", "fd00::/8"].map(|net| net.parse().unwrap());
        behind(peer.parse().unwrap(), &trusted, forwarded, x_forwarded_for).to_string()
    }

    #[test]
    fn a_proxy_that_is_not_trusted_is_not_believed() {
        assert_eq!(client("192.0.2.1", &["for=198.51.100.7"], &[]), "192.0.2.1");
        assert_eq!(client("192.0.2.1", &[], &["198.51.100.7"]), "192.0.2.1");
    }

    #[test]
    fn a_trusted_proxy_vouches_for_the_address_that_it_added_alone() {
        assert_eq!(client(PEER, &[], &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(client(PEER, &[], &["203.0.113.9, 198.51.100.7"]), "198.51.100.7", "the client made up the first");
        assert_eq!(
            client(PEER, &[], &["203.0.113.9", "198.51.100.7, 10.1.1.1"]),
            "198.51.100.7",
            "two proxies of ours"
        );
        assert_eq!(client(PEER, &[], &["10.3.3.3, 10.1.1.1"]), "10.3.3.3", "a client within");
        assert_eq!(client(PEER, &[], &[]), PEER);
    }

    #[test]
    fn every_form_of_an_address_is_read() {
        assert_eq!(client(PEER, &["For=\"[2001:db8::17]:4711\";proto=https;by=10.0.0.2"], &[]), "2001:db8::17");
        assert_eq!(client(PEER, &["proto=http; for=192.0.2.60:80"], &[]), "192.0.2.60");
        assert_eq!(client(PEER, &["for=192.0.2.43, for=198.51.100.17"], &[]), "198.51.100.17");
        assert_eq!(client(PEER, &[], &["2001:db8::17"]), "2001:db8::17");
        assert_eq!(client(PEER, &[], &["::ffff:198.51.100.7"]), "198.51.100.7");
    }

    #[test]
    fn what_is_no_address_ends_the_way_back() {
        for hidden in ["unknown", "_hidden", "", "198.51.100"] {
            assert_eq!(client(PEER, &[], &[&format!("203.0.113.9, {hidden}")]), PEER, "{hidden}");
            assert_eq!(client(PEER, &[&format!("for=203.0.113.9, for={hidden}")], &[]), PEER, "{hidden}");
        }
    }

    #[test]
    fn two_headers_that_differ_are_neither_believed() {
        assert_eq!(client(PEER, &["for=203.0.113.9"], &["198.51.100.7"]), PEER);
        assert_eq!(client(PEER, &["for=198.51.100.7"], &["198.51.100.7"]), "198.51.100.7");
    }
}
