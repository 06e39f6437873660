//! Looking up names for calls to places that somebody else named.

use crate::is_public;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{io, net::SocketAddr};

/// Leaves out addresses that are not of the public internet, whatever a name stands for.
pub(crate) struct PublicOnly {
    /// Whether addresses of this machine are let through as well.
    pub(crate) loopback: bool,
}

impl PublicOnly {
    fn permits(&self, address: &SocketAddr) -> bool {
        let ip = address.ip();
        is_public(ip) || (self.loopback && ip.is_loopback())
    }
}

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        let rules = Self { loopback: self.loopback };
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let permitted: Vec<SocketAddr> =
                found.filter(|address| rules.permits(address)).collect();
            if permitted.is_empty() {
                let refusal = "the name leads to no address of the public internet";
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, refusal).into());
            }
            let permitted: Addrs = Box::new(permitted.into_iter());
            Ok(permitted)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{NetworkTransport, SendError, SendOptions, Transport};
    use bytes::Bytes;

    #[test]
    fn private_addresses_are_left_out_and_this_machine_unless_allowed() {
        for (address, outside, here) in [
            ("93.184.216.34:443", true, true),
            ("10.0.0.1:443", false, false),
            ("127.0.0.1:80", false, true),
            ("[::1]:80", false, true),
        ] {
            let address = address.parse().expect("an address");
            assert_eq!(PublicOnly { loopback: false }.permits(&address), outside, "{address}");
            assert_eq!(PublicOnly { loopback: true }.permits(&address), here, "{address}");
        }
    }

    #[tokio::test]
    async fn a_name_of_this_machine_is_not_connected_to() {
        let transport = NetworkTransport::to_public_places(false).expect("a transport");
        let request = http::Request::get("http://localhost:9/").body(Bytes::new()).expect("valid");
        let refused = transport.send(request, &SendOptions::default()).await;
        let Err(SendError::Connect { detail }) = refused else { panic!("{refused:?}") };
        assert!(detail.contains("public internet"), "{detail}");
    }
}
