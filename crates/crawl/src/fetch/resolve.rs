//! From names to addresses that may be dialled.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use async_trait::async_trait;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address;

/// Asks for the addresses of a name. What of them may be dialled is not its concern.
#[async_trait]
pub trait Lookup: Send + Sync {
    /// All addresses of a name, in the order in which they are to be tried.
    ///
    /// # Errors
    /// When the name has none, or nobody answers.
    async fn lookup(&self, host: &str) -> std::io::Result<Vec<IpAddr>>;
}

/// Asks the system.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemLookup;

#[async_trait]
impl Lookup for SystemLookup {
    async fn lookup(&self, host: &str) -> std::io::Result<Vec<IpAddr>> {
        Ok(tokio::net::lookup_host((host, 0)).await?.map(|address| address.ip()).collect())
    }
}

/// Resolves names, and gives only addresses that may be dialled: the client dials exactly what it is given here, so a
/// name that changes its address between a check and the connection gains nothing.
pub(super) struct GuardedResolver {
    pub(super) hosts: BTreeMap<String, SocketAddr>,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) lookup: Arc<dyn Lookup>,
}

#[derive(Debug, thiserror::Error)]
#[error("{host} is at {address}, {cause}")]
pub(super) struct ForbiddenName {
    host: String,
    pub(super) address: IpAddr,
    pub(super) cause: &'static str,
}

#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct UnknownName(String);

impl Resolve for GuardedResolver {
    fn resolve(&self, name: Name) -> Resolving {
        let host = name.as_str().trim_end_matches('.').to_ascii_lowercase();
        if let Some(address) = self.hosts.get(&host).copied() {
            return Box::pin(async move { Ok(Box::new(std::iter::once(address)) as Addrs) });
        }
        let (allowed, lookup) = (self.addresses.clone(), Arc::clone(&self.lookup));
        Box::pin(async move {
            let found = lookup.lookup(&host).await.map_err(|error| UnknownName(error.to_string()))?;
            let mut refused = None;
            let mut kept = Vec::new();
            for address in found {
                match address::forbidden(address) {
                    Some(cause) if !allowed.contains(&address) => refused = Some((address, cause)),
                    _ => kept.push(SocketAddr::new(address, 0)),
                }
            }
            match (kept.is_empty(), refused) {
                (true, Some((address, cause))) => Err(ForbiddenName { host, address, cause }.into()),
                (true, None) => Err(UnknownName("it has no address".to_owned()).into()),
                (false, _) => Ok(Box::new(kept.into_iter()) as Addrs),
            }
        })
    }
}
