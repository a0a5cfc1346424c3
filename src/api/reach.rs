//! Where devices reach the appliance, and how they know that it is the one: what enrollment tokens and the installation script say.

use crate::error::{Error, Kind, Result};
use crate::http::Request;

/// How the appliance is reached. Made by the server at its start.
pub struct Reach {
    /// `--public-url`: the address without a path, which settles it.
    pub public_url: Option<String>,
    /// Names by which the operator and the machine know it, best first. Only those that the certificate has are used.
    pub names: Vec<String>,
    /// The port of the listener for agents, or of the only one.
    pub port: u16,
    /// The listener for agents is another than the one for people: requests to this one name the wrong port.
    pub apart: bool,
    /// It listens on loopback only, where alone it can be reached.
    pub loopback_only: bool,
    /// Whether the certificate in use holds for a name.
    pub certified: Box<dyn Fn(&str) -> bool + Send + Sync>,
    /// SHA-256 of the certificate's public key; none where a CA vouches for it, which devices then check.
    pub pin: Box<dyn Fn() -> Option<[u8; 32]> + Send + Sync>,
}

impl Default for Reach {
    /// An appliance that can't be reached: behind it there is no server.
    fn default() -> Reach {
        Reach {
            public_url: None,
            names: Vec::new(),
            port: 0,
            apart: false,
            loopback_only: false,
            certified: Box::new(|_| false),
            pin: Box::new(|| None),
        }
    }
}

impl Reach {
    /// The address for devices, `https://HOST[:PORT]`; `None` if none is known.
    ///
    /// The operator's `--public-url` comes first. Then the host that the request named, for it reached the appliance: but only if the
    /// certificate has that name, so that no made-up `Host` ends in a token or script, and not if it means the client's own machine. Last
    /// the names that the appliance knows of itself.
    pub fn address(&self, request: &Request) -> Option<String> {
        if let Some(url) = &self.public_url {
            return Some(url.clone());
        }
        let usable = |host: &str| (self.certified)(host.trim_matches(['[', ']'])) && (self.loopback_only || !is_loopback(host));
        if let Some((host, port)) = request.header("host").and_then(parts).filter(|(host, _)| usable(host)) {
            let port = if self.apart { self.port } else { port.unwrap_or(443) };
            return Some(written(host, port));
        }
        let known = self.names.iter().find(|name| usable(name)).or_else(|| self.names.iter().find(|name| (self.certified)(name)));
        known.map(|name| written(name, self.port))
    }

    /// The address at which people see the appliance, for links that are handed to them: the operator's `--public-url`, else the host that
    /// the request named, if the certificate has it, else what is known. A conflict if nothing is.
    pub fn page_address(&self, request: &Request) -> Result<String> {
        let own = self.public_url.clone().or_else(|| self.named_host(request));
        own.or_else(|| self.address(request).filter(|_| !self.apart)).ok_or_else(|| {
            let unknown = "The appliance does not know by which name people reach it; the operator has to start it with `--public-url`";
            Error::new(Kind::Conflict, unknown)
        })
    }

    /// Whether a browser's `Origin` is this appliance: its public address, or the host that the request named if the certificate has it.
    pub fn is_own_origin(&self, request: &Request, origin: &str) -> bool {
        let Some((host, port)) = origin.strip_prefix("https://").and_then(parts) else { return false };
        let origin = written(host, port.unwrap_or(443));
        let is = |own: Option<String>| own.is_some_and(|own| own.eq_ignore_ascii_case(&origin));
        is(self.public_url.clone()) || is(self.named_host(request))
    }

    /// The host that the request named, if the certificate has it, with the port that it named.
    fn named_host(&self, request: &Request) -> Option<String> {
        let (host, port) = request.header("host").and_then(parts)?;
        (self.certified)(host.trim_matches(['[', ']'])).then(|| written(host, port.unwrap_or(443)))
    }
}

/// Whether `text` is an address as tokens hold it: `https://HOST[:PORT]` and nothing behind it.
pub fn is_address(text: &str) -> bool {
    let authority = text.strip_prefix("https://").unwrap_or_default();
    text.len() <= ADDRESS_BYTES_MAX && parts(authority).is_some()
}

/// Bytes of an address.
const ADDRESS_BYTES_MAX: usize = 255;

/// Host and port of `HOST[:PORT]`; `None` for anything that is not one. The characters are those of names and IP addresses alone, so that what
/// passes here can stand in a shell's quotes.
fn parts(authority: &str) -> Option<(&str, Option<u16>)> {
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port.parse().ok().filter(|port| *port != 0)?)),
        _ => (authority, None),
    };
    let is_v6 =
        host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).is_some_and(|inner| inner.parse::<std::net::Ipv6Addr>().is_ok());
    let is_name = !host.is_empty() && host.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-'));
    (is_v6 || is_name).then_some((host, port))
}

fn written(host: &str, port: u16) -> String {
    let host = if host.contains(':') && !host.starts_with('[') { format!("[{host}]") } else { host.to_ascii_lowercase() };
    if port == 443 { format!("https://{host}") } else { format!("https://{host}:{port}") }
}

fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    let name = host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost");
    name || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Method;

    fn reach() -> Reach {
        let names = ["box", "localhost", "192.0.2.7", "2001:db8::7", "127.0.0.1"];
        let certified = move |name: &str| names.contains(&name.to_ascii_lowercase().as_str());
        let names = names.map(str::to_owned).to_vec();
        Reach { names, port: 8443, certified: Box::new(certified), ..Reach::default() }
    }

    fn address(reach: &Reach, host: &str) -> Option<String> {
        reach.address(&Request::new(Method::GET, "/").with_header("host", host))
    }

    #[track_caller]
    fn check(reach: &Reach, host: &str, expected: &str) {
        assert_eq!(address(reach, host).as_deref(), Some(expected), "{host}");
    }

    #[test]
    fn the_host_of_a_request_counts_only_if_the_certificate_has_it() {
        let reach = reach();
        check(&reach, "192.0.2.7:8443", "https://192.0.2.7:8443");
        check(&reach, "BOX:9443", "https://box:9443");
        check(&reach, "[2001:db8::7]:8443", "https://[2001:db8::7]:8443");
        check(&reach, "192.0.2.7", "https://192.0.2.7");
        for made_up in
            ["evil.example", "evil.example:8443", "box:0", "box:x", "box'$(id)'", "box/path", "", "localhost:8443", "127.0.0.1:8443"]
        {
            check(&reach, made_up, "https://box:8443");
        }
    }

    #[test]
    fn the_operators_word_settles_it() {
        let reach = Reach { public_url: Some("https://recoger.example.org".to_owned()), ..reach() };
        check(&reach, "192.0.2.7:8443", "https://recoger.example.org");
    }

    #[test]
    fn a_listener_for_agents_is_named_whatever_port_people_use() {
        let reach = Reach { port: 8444, apart: true, ..reach() };
        check(&reach, "box:8443", "https://box:8444");
        check(&reach, "evil.example:8443", "https://box:8444");
    }

    #[test]
    fn on_loopback_only_loopback_is_the_address() {
        check(&Reach { loopback_only: true, ..reach() }, "127.0.0.1:8443", "https://127.0.0.1:8443");
        let nothing_else = Reach { names: vec!["localhost".to_owned()], ..reach() };
        check(&nothing_else, "evil.example", "https://localhost:8443");
        assert_eq!(address(&Reach::default(), "box:8443"), None);
    }

    #[test]
    fn people_are_shown_the_listener_that_they_use() {
        let page = |reach: &Reach, host: &str| reach.page_address(&Request::new(Method::GET, "/").with_header("host", host)).ok();
        let apart = Reach { port: 8444, apart: true, ..reach() };
        assert_eq!(page(&apart, "box:8443").as_deref(), Some("https://box:8443"));
        assert_eq!(page(&apart, "evil.example:8443"), None, "the port for people is not known");
        assert_eq!(page(&reach(), "evil.example:8443").as_deref(), Some("https://box:8443"));
        let public = Reach { public_url: Some("https://recoger.example.org".to_owned()), ..reach() };
        assert_eq!(page(&public, "box:8443").as_deref(), Some("https://recoger.example.org"));
    }

    #[test]
    fn an_origin_is_own_only_if_host_port_and_certificate_agree() {
        let own = |reach: &Reach, host: &str, origin: &str| {
            reach.is_own_origin(&Request::new(Method::GET, "/").with_header("host", host), origin)
        };
        let reach = reach();
        assert!(own(&reach, "box:8443", "https://box:8443") && own(&reach, "BOX", "https://box") && own(&reach, "box:443", "https://Box"));
        assert!(own(&reach, "localhost:8443", "https://localhost:8443"), "a browser on the machine itself");
        for (host, origin) in [
            ("box:8443", "https://box:9443"),
            ("box:8443", "https://box"),
            ("box:8443", "http://box:8443"),
            ("box:8443", "https://box.evil.example:8443"),
            ("box:8443", "null"),
            ("box:8443", ""),
            ("evil.example", "https://evil.example"),
        ] {
            assert!(!own(&reach, host, origin), "{host} {origin}");
        }
        let public = Reach { public_url: Some("https://recoger.example.org".to_owned()), ..Reach::default() };
        assert!(own(&public, "inner:8443", "https://recoger.example.org"));
        assert!(!own(&public, "inner:8443", "https://inner:8443"));
    }

    #[test]
    fn an_address_is_a_host_with_or_without_a_port() {
        for good in ["https://recoger.example.org", "https://box:8443", "https://[2001:db8::7]:8443", "https://192.0.2.7"] {
            assert!(is_address(good), "{good}");
        }
        for wrong in [
            "http://box",
            "https://",
            "https://box/",
            "https://box:8443/x",
            "https://a'b",
            "https://u@box",
            "https://[::1",
            "https://box:99999",
        ] {
            assert!(!is_address(wrong), "{wrong}");
        }
    }
}
