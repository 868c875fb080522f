//! Where each of Twilio's products lives.
//!
//! A product's host is `{product}.{edge}.{region}.twilio.com`; without a region and an edge it is the plain host, which
//! is `us1`. A region without an edge is no host any more: Twilio refuses `{product}.{region}.twilio.com` since
//! 2026-04-28 (Twilio: "API domain migration guide"), so a region alone is reached through the edge that Twilio's own
//! libraries fill in. An edge without a region means region `us1`. One override moves every product at once, to the
//! embedded Twilio or to a proxy.

use std::fmt;

/// One of Twilio's products that we speak to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Product {
    /// Calls and conferences (version 2010-04-01).
    Api,
    /// Proof of Flex tokens.
    Iam,
    /// Sync.
    Sync,
    /// TaskRouter.
    TaskRouter,
    /// The configuration of Flex.
    Flex,
}

impl Product {
    /// Every product, in the order of the enum.
    pub const ALL: [Self; 5] = [
        Self::Api,
        Self::Iam,
        Self::Sync,
        Self::TaskRouter,
        Self::Flex,
    ];

    /// The first label of the product's host name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Iam => "iam",
            Self::Sync => "sync",
            Self::TaskRouter => "taskrouter",
            Self::Flex => "flex-api",
        }
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The edge of each region that is used when none is named (Twilio: "API domain migration guide").
const EDGES: [(&str, &str); 9] = [
    ("au1", "sydney"),
    ("br1", "sao-paulo"),
    ("de1", "frankfurt"),
    ("ie1", "dublin"),
    ("jp1", "tokyo"),
    ("jp2", "osaka"),
    ("sg1", "singapore"),
    ("us1", "ashburn"),
    ("us2", "umatilla"),
];

/// The edge through which a region is reached when none is named; `None` for a region we do not know.
#[must_use]
pub fn default_edge(region: &str) -> Option<&'static str> {
    let found = EDGES.iter().find(|(known, _)| *known == region);
    found.map(|(_, edge)| *edge)
}

/// The base URL of every product, without a slash at its end.
#[derive(Clone, Debug)]
pub struct Hosts([String; Product::ALL.len()]);

impl Hosts {
    /// Twilio itself, in a region and through an edge if they are given.
    #[must_use]
    pub fn twilio(region: Option<&str>, edge: Option<&str>) -> Self {
        // The token service is reached by realm, the part of the region before a hyphen, and has no edges (npm
        // twilio-flex-token-validator). Flex runs in us1 only, whatever region its account's calls are in, so its
        // tokens are proved, and its configuration is read, at the plain host.
        let realm = region.filter(|region| default_edge(region).is_none());
        let realm = realm.map(|region| region.split('-').next().unwrap_or(region));
        let edge = edge.or_else(|| region.and_then(default_edge));
        let region = region.or_else(|| edge.map(|_| "us1"));
        Self(Product::ALL.map(|product| {
            let (edge, region) = match product {
                Product::Iam | Product::Flex => (None, realm),
                _ => (edge, region),
            };
            let labels = [Some(product.name()), edge, region]
                .into_iter()
                .flatten()
                .collect::<Vec<_>>();
            format!("https://{}.twilio.com", labels.join("."))
        }))
    }

    /// One base for all products; `{product}` in it stands for the product's name.
    #[must_use]
    pub fn at(base: &str) -> Self {
        let base = base.trim_end_matches('/');
        Self(Product::ALL.map(|product| base.replace("{product}", product.name())))
    }

    /// The base URL of `product`.
    #[must_use]
    pub fn base(&self, product: Product) -> &str {
        &self.0[product as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn region_and_edge_follow_the_libraries_of_2026() {
        let base = |region, edge, product| Hosts::twilio(region, edge).base(product).to_owned();
        assert_eq!(base(None, None, Product::Api), "https://api.twilio.com");
        assert_eq!(
            base(Some("ie1"), None, Product::Sync),
            "https://sync.dublin.ie1.twilio.com"
        );
        assert_eq!(
            base(Some("us1"), None, Product::Api),
            "https://api.ashburn.us1.twilio.com"
        );
        for region in [None, Some("us1"), Some("ie1")] {
            assert_eq!(
                base(region, None, Product::Iam),
                "https://iam.twilio.com",
                "Flex runs in us1 only"
            );
        }
        assert_eq!(
            base(None, Some("dublin"), Product::Api),
            "https://api.dublin.us1.twilio.com"
        );
        assert_eq!(
            base(Some("ie1"), Some("dublin"), Product::TaskRouter),
            "https://taskrouter.dublin.ie1.twilio.com"
        );
        assert_eq!(
            base(Some("stage-us1"), Some("dublin"), Product::Iam),
            "https://iam.stage.twilio.com"
        );
    }

    #[test]
    fn no_region_stands_in_a_host_without_its_edge() {
        for (region, edge) in EDGES {
            for product in [Product::Api, Product::Sync, Product::TaskRouter] {
                let hosts = Hosts::twilio(Some(region), None);
                let host = format!("https://{product}.{edge}.{region}.twilio.com");
                assert_eq!(hosts.base(product), host);
            }
        }
    }

    #[test]
    fn an_override_moves_every_product() {
        let hosts = Hosts::at("http://127.0.0.1:4010/{product}/");
        assert_eq!(hosts.base(Product::Sync), "http://127.0.0.1:4010/sync");
        assert_eq!(
            Hosts::at("http://127.0.0.1:4010").base(Product::Iam),
            "http://127.0.0.1:4010"
        );
    }
}
