//! Where each of Twilio's products lives.
//!
//! A product's host is `{product}.{edge}.{region}.twilio.com`; a region alone gives `{product}.{region}…`, an edge
//! without a region means region `us1`, and neither gives the plain host (twilio-node: `BaseTwilio`). One override
//! moves every product at once, to the embedded Twilio or to a proxy.

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
}

impl Product {
    /// Every product, in the order of the enum.
    pub const ALL: [Self; 4] = [Self::Api, Self::Iam, Self::Sync, Self::TaskRouter];

    /// The first label of the product's host name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Iam => "iam",
            Self::Sync => "sync",
            Self::TaskRouter => "taskrouter",
        }
    }
}

impl fmt::Display for Product {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The base URL of every product, without a slash at its end.
#[derive(Clone, Debug)]
pub struct Hosts([String; Product::ALL.len()]);

impl Hosts {
    /// Twilio itself, in a region and through an edge if they are given.
    #[must_use]
    pub fn twilio(region: Option<&str>, edge: Option<&str>) -> Self {
        let region = region.or_else(|| edge.map(|_| "us1"));
        Self(Product::ALL.map(|product| {
            // The token service is reached by realm, the part of the region before a hyphen, and has no edges
            // (npm twilio-flex-token-validator).
            let (edge, region) = match product {
                Product::Iam => (
                    None,
                    region.map(|region| region.split('-').next().unwrap_or(region)),
                ),
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
    fn region_and_edge_follow_the_node_sdk() {
        let base = |region, edge, product| Hosts::twilio(region, edge).base(product).to_owned();
        assert_eq!(base(None, None, Product::Api), "https://api.twilio.com");
        assert_eq!(
            base(Some("ie1"), None, Product::Sync),
            "https://sync.ie1.twilio.com"
        );
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
    fn an_override_moves_every_product() {
        let hosts = Hosts::at("http://127.0.0.1:4010/{product}/");
        assert_eq!(hosts.base(Product::Sync), "http://127.0.0.1:4010/sync");
        assert_eq!(
            Hosts::at("http://127.0.0.1:4010").base(Product::Iam),
            "http://127.0.0.1:4010"
        );
    }
}
