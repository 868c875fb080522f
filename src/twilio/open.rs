//! Files: asked for like everything else, but taken piece by piece, so that none is ever held in memory whole.

use super::{
    Error, Request, Twilio,
    deadline::Deadline,
    send::{ATTEMPT, judge, outcome},
};
use crate::twilio::retry::{Verdict, verdict};

impl Twilio {
    /// Asks for something whose body is left where it is, to be taken piece by piece; again where that is safe. What is
    /// no file is read here.
    pub(crate) async fn open(
        &self,
        request: &Request,
        by: Deadline,
    ) -> Result<reqwest::Response, Error> {
        let mut attempt = 1;
        loop {
            let result = self.open_once(request, by).await;
            let outcome = outcome(&result);
            let fraction = self.0.rng.fraction();
            let budget = &self.0.budgets[request.product as usize];
            match verdict(outcome, request.repeatable, attempt, by.left(), fraction) {
                Verdict::After(wait) if budget.spend() => tokio::time::sleep(wait).await,
                _ => return result,
            }
            attempt += 1;
        }
    }

    async fn open_once(&self, request: &Request, by: Deadline) -> Result<reqwest::Response, Error> {
        let limit = by.left().min(ATTEMPT);
        let sent = async { self.0.transport.send(self.wire(request)?).await };
        let result = match tokio::time::timeout(limit, sent).await {
            Err(_) => Err(Error::Late),
            Ok(Err(broken)) => Err(Error::Unreachable(broken)),
            Ok(Ok(response)) if response.status().is_success() => Ok(response),
            Ok(Ok(response)) => {
                let (status, headers) = (response.status().as_u16(), response.headers().clone());
                let body = tokio::time::timeout(limit, response.bytes()).await;
                let body = body.ok().and_then(Result::ok).unwrap_or_default();
                match judge(status, &headers, body) {
                    Err(error) => Err(error),
                    Ok(_) => Err(Error::Late),
                }
            }
        };
        self.observe(request, &result);
        result
    }
}
