//! Which addresses may be dialled: the public internet, nothing inside.
//!
//! A feed that an outlet controls must not make a crawler read the cloud's metadata service or a router's page. The
//! rules hold for addresses, so every spelling of one is covered: the URL parser has brought them to one form, and names
//! are checked after they are resolved, on the very addresses that are dialled.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Why an address is not dialled, in words; nothing when it may be.
pub fn forbidden(address: IpAddr) -> Option<&'static str> {
    match address {
        IpAddr::V4(address) => forbidden_v4(address),
        IpAddr::V6(address) => forbidden_v6(address),
    }
}

fn forbidden_v4(address: Ipv4Addr) -> Option<&'static str> {
    let [a, b, c, _] = address.octets();
    Some(match (a, b, c) {
        (0, ..) => "an address of this network",
        (10, ..) | (172, 16..=31, _) | (192, 168, _) => "a private address",
        (127, ..) => "a loopback address",
        (169, 254, _) => "a link-local address",
        (100, 64..=127, _) => "an address behind carrier NAT",
        (192, 0, 0) => "an address of protocol assignments",
        (192, 0, 2) | (198, 51, 100) | (203, 0, 113) => "an address for documentation",
        (192, 88, 99) => "a 6to4 relay address",
        (198, 18..=19, _) => "an address for benchmarks",
        (224..=239, ..) => "a multicast address",
        (240.., ..) => "a reserved address",
        _ => return None,
    })
}

fn forbidden_v6(address: Ipv6Addr) -> Option<&'static str> {
    let segments = address.segments();
    let [a, b, c, d, e, f, g, h] = segments;
    let embedded = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        Ipv4Addr::new(a, b, c, d)
    };
    match (a, b) {
        _ if address.is_unspecified() => Some("an unspecified address"),
        _ if address.is_loopback() => Some("a loopback address"),
        // IPv4 in other clothes is judged by what it is: mapped, and the old compatible form.
        (0, 0) if c == 0 && d == 0 && (e == 0 && (f == 0xFFFF || f == 0) || e == 0xFFFF && f == 0) => {
            Some(forbidden_v4(embedded(g, h)).unwrap_or("an IPv4 address written as IPv6"))
        }
        (0x64, 0xFF9B) => Some("a NAT64 address"),
        (0x100, _) => Some("a discard address"),
        // All of 2001::/23 is for protocols: Teredo, ORCHID, benchmarks.
        (0x2001, 0..=0x1FF) => Some("an address of protocol assignments"),
        (0x2001, 0xDB8) => Some("an address for documentation"),
        (0x2002, _) => Some("a 6to4 address"),
        (0x3FFE..=0x3FFF, _) | (0x5F00, _) => Some("a reserved address"),
        (0xFC00..=0xFDFF, _) => Some("a private address"),
        (0xFE80..=0xFEBF, _) => Some("a link-local address"),
        (0xFEC0..=0xFEFF, _) => Some("a site-local address"),
        (0xFF00.., _) => Some("a multicast address"),
        // Only this block is the public internet.
        (0x2000..=0x3FFF, _) => None,
        _ => Some("a reserved address"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inside_addresses_are_forbidden() {
        for address in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.0.0.1",
            "127.255.255.254",
            "169.254.169.254",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.168.1.1",
            "198.18.0.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "::ffff:127.0.0.1",
            "::ffff:8.8.8.8",
            "::127.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "2001:0:1::",
            "fc00::1",
            "fd12::1",
            "fe80::1",
            "ff02::1",
            "4000::1",
        ] {
            assert!(forbidden(address.parse().unwrap()).is_some(), "{address}");
        }
    }

    #[test]
    fn the_public_internet_is_not() {
        for address in [
            "1.1.1.1",
            "8.8.8.8",
            "100.63.255.255",
            "100.128.0.1",
            "172.15.0.1",
            "172.32.0.1",
            "203.150.0.1",
            "2606:4700::1",
            "2a00::1",
        ] {
            assert_eq!(forbidden(address.parse().unwrap()), None, "{address}");
        }
    }
}
