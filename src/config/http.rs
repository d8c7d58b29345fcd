//! `EHCP_LISTEN` (`127.0.0.1:8080`): the address to listen on. `EHCP_PUBLIC_URL` (`http://localhost:8080`): the address
//! that people use, for links. `EHCP_UPLOAD_LIMIT_MB` (`25`): the largest document, in megabytes of 1,000,000 bytes.
//! `EHCP_TRUSTED_PROXIES` (none): the addresses or networks, with commas between, of the proxies that are believed when they
//! tell for whom they ask. `EHCP_CORS_ORIGINS` (none): the origins, with commas between, whose pages may call this service.
//! `EHCP_FRONT_END_URL` (none): the address of the council's front-end, at which people sign in; mails name it.
//! `EHCP_RULES_PER_MINUTE` (`6000`): how often one address may ask in a minute for the rules and their last days, which need no
//! sign-in.
//! `EHCP_HSTS_SECONDS` (none): for how long browsers are told to come by TLS alone.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use super::{SettingError, Source};

/// Where the service listens.
#[derive(Debug, Clone)]
pub struct HttpSettings {
    /// The address.
    pub listen: SocketAddr,
    /// What links begin with; no slash at the end.
    pub public_url: String,
    /// Where people sign in: the address of a front-end; no slash at the end.
    pub front_end_url: Option<String>,
    /// The largest document, in bytes.
    pub upload_limit: usize,
    /// The proxies that are believed when they tell for whom they ask.
    pub trusted_proxies: Vec<IpNet>,
    /// The origins whose pages may call this service.
    pub cors_origins: Vec<String>,
    /// How often one address may ask in a minute for the rules and their last days.
    pub calculations_per_minute: u32,
    /// For how long browsers are told to come by TLS alone, in seconds.
    pub hsts_seconds: Option<u32>,
}

impl HttpSettings {
    /// The path below which people reach the service: empty, unless what stands in front of it serves it in a folder.
    pub fn public_path(&self) -> String {
        let path = self.public_url.parse::<url::Url>().map(|url| url.path().trim_end_matches('/').to_owned());
        path.unwrap_or_default()
    }

    pub(super) fn read(source: &mut Source) -> Result<Self, SettingError> {
        let listen = source
            .parsed("EHCP_LISTEN", "expected an address and a port, such as 127.0.0.1:8080")?
            .unwrap_or_else(|| SocketAddr::from(([127, 0, 0, 1], 8080)));
        let public_url = source
            .parsed::<url::Url>("EHCP_PUBLIC_URL", "expected an address, such as https://ehcp.example.gov.uk")?
            .map_or_else(|| "http://localhost:8080".to_owned(), String::from);
        let (name, expected) = ("EHCP_FRONT_END_URL", "expected an address, such as https://send.example.gov.uk");
        let front_end_url: Option<url::Url> = source.parsed(name, expected)?;
        if front_end_url.as_ref().is_some_and(|url| !matches!(url.scheme(), "http" | "https")) {
            return Err(SettingError::new(name, expected));
        }
        let megabytes: u16 =
            source.parsed("EHCP_UPLOAD_LIMIT_MB", "expected a whole number of megabytes, such as 25")?.unwrap_or(25);
        let trusted_proxies = source.text("EHCP_TRUSTED_PROXIES").unwrap_or_default();
        let trusted_proxies: Option<Vec<IpNet>> =
            trusted_proxies.split(',').map(str::trim).filter(|text| !text.is_empty()).map(network).collect();
        let expected = "expected addresses or networks with commas between, such as 10.0.0.5, 192.168.7.0/24, fd00::/8";
        let trusted_proxies = trusted_proxies.ok_or_else(|| SettingError::new("EHCP_TRUSTED_PROXIES", expected))?;
        let cors_origins = source.text("EHCP_CORS_ORIGINS").unwrap_or_default();
        let cors_origins: Option<Vec<String>> =
            cors_origins.split(',').map(str::trim).filter(|text| !text.is_empty()).map(origin).collect();
        let expected = "expected origins with commas between, such as https://send.example.gov.uk: no path, and no *";
        let cors_origins = cors_origins.ok_or_else(|| SettingError::new("EHCP_CORS_ORIGINS", expected))?;
        let hsts_seconds =
            source.parsed("EHCP_HSTS_SECONDS", "expected a whole number of seconds, such as 31536000")?;
        let (name, expected) = ("EHCP_RULES_PER_MINUTE", "expected a whole number of requests, such as 6000");
        let calculations_per_minute = source.parsed(name, expected)?.unwrap_or(6_000);
        Ok(Self {
            calculations_per_minute,
            cors_origins,
            hsts_seconds,
            trusted_proxies,
            listen,
            public_url: public_url.trim_end_matches('/').to_owned(),
            front_end_url: front_end_url.map(|url| url.as_str().trim_end_matches('/').to_owned()),
            upload_limit: usize::from(megabytes).saturating_mul(1_000_000),
        })
    }
}

/// An origin as browsers write it (RFC 6454).
fn origin(text: &str) -> Option<String> {
    let url: url::Url = text.parse().ok()?;
    let origin = url.origin().ascii_serialization();
    (["http", "https"].contains(&url.scheme()) && origin == text).then_some(origin)
}

/// A network, or one address as the network of itself.
fn network(text: &str) -> Option<IpNet> {
    text.parse().ok().or_else(|| text.parse::<IpAddr>().ok().map(IpNet::from))
}
