//! Text messages (Twilio: "Message resource").
//!
//! What Twilio accepts is queued, not delivered: a carrier may still refuse it. A person who has sent STOP to a
//! number is not written to from it until they send START; Twilio refuses such a message (error 21610).

use std::fmt;

use serde::Deserialize;

use crate::twilio::{
    Twilio,
    deadline::Deadline,
    error::Error,
    host::Product,
    party::E164,
    request::Request,
    sid::{MessageSid, MessagingServiceSid},
};

/// The longest text of one message, in characters (Twilio: "Message resource", `Body`).
pub const LONGEST: usize = 1_600;

/// The error code of a message to a person who has sent STOP (Twilio: error 21610).
const OPTED_OUT: u32 = 21_610;

/// Who a message is from.
#[derive(Clone, Copy, Debug)]
pub enum Sender<'a> {
    /// One of the account's numbers.
    Number(&'a E164),
    /// A messaging service, which chooses one of its numbers.
    Service(MessagingServiceSid),
}

/// A message to send.
#[derive(Clone, Copy)]
pub struct NewMessage<'a> {
    /// Who it is for.
    pub to: &'a E164,
    /// Who it is from.
    pub from: Sender<'a>,
    /// What it says, at most [`LONGEST`] characters.
    pub body: &'a str,
}

impl fmt::Debug for NewMessage<'_> {
    /// What people write to each other is in no log.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewMessage")
            .field("to", self.to)
            .field("from", &self.from)
            .finish_non_exhaustive()
    }
}

/// The account's messages.
#[derive(Clone, Copy, Debug)]
pub struct Messages<'a> {
    twilio: &'a Twilio,
    by: Deadline,
}

impl Twilio {
    /// The account's messages.
    #[must_use]
    pub fn messages(&self, by: Deadline) -> Messages<'_> {
        Messages { twilio: self, by }
    }
}

impl Messages<'_> {
    /// Sends a message. Never repeated after an unclear failure: people do not like to read a thing twice.
    ///
    /// # Errors
    /// [`is_opted_out`] says that they do not want to be written to; `nothing_happened` on the error, whether it
    /// may have been sent all the same.
    pub async fn create(self, new: &NewMessage<'_>) -> Result<MessageSid, Error> {
        #[derive(Deserialize)]
        struct Message {
            sid: MessageSid,
        }
        let account = self.twilio.account();
        let path = format!("/2010-04-01/Accounts/{account}/Messages.json");
        let request = Request::post(Product::Api, path)
            .form("To", new.to)
            .form("Body", new.body);
        let request = match new.from {
            Sender::Number(number) => request.form("From", number),
            Sender::Service(service) => request.form("MessagingServiceSid", service),
        };
        let answer = self.twilio.send(&request, self.by).await?;
        Ok(answer.read::<Message>()?.sid)
    }
}

/// Whether a message was refused because they have sent STOP.
#[must_use]
pub fn is_opted_out(error: &Error) -> bool {
    error.code() == Some(OPTED_OUT)
}
