//! Who is asking, and for whom they may act.

use crate::{
    error::Error,
    twilio::{resource::tokens::Proof, sid::WorkerSid},
};

/// A Flex user whose token was proved.
#[derive(Clone, Debug)]
pub struct Agent {
    /// Their worker, if they are one.
    pub worker: Option<WorkerSid>,
    /// Their identity: the user part of their `client:` leg.
    pub identity: String,
    /// Whether they may act for others.
    pub leads: bool,
}

impl From<&Proof> for Agent {
    fn from(proof: &Proof) -> Self {
        let leads = proof
            .roles
            .iter()
            .any(|role| role == "supervisor" || role == "admin");
        Self {
            worker: proof.worker,
            identity: proof.identity.clone(),
            leads,
        }
    }
}

impl Agent {
    /// Lets an agent act for themselves, a supervisor or an admin for anybody.
    ///
    /// # Errors
    /// [`Error::NotYours`] for everybody else.
    pub fn may_act_for(&self, worker: WorkerSid) -> Result<(), Error> {
        if self.leads || self.worker == Some(worker) {
            Ok(())
        } else {
            Err(Error::NotYours(
                "an agent may act only on their own worker; this needs a supervisor or an admin",
            ))
        }
    }
}
