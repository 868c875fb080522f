//! The numbers that the account's calls may show (Twilio: "`IncomingPhoneNumber` resource").
//!
//! A question is a URL, and URLs stand in logs, so none of them holds a whole number: the account's own are asked for by
//! their last digits, and verified caller IDs all at once, because an account has few.

use serde::Deserialize;

use crate::twilio::{
    Twilio, deadline::Deadline, error::Error, host::Product, party::E164, request::Request,
};

/// How much of a number a URL may show.
const SHOWN_DIGITS: usize = 4;

#[derive(Deserialize)]
struct Number {
    phone_number: Option<String>,
}

/// One of the account's own numbers, as far as a doctor looks at it.
#[derive(Clone, Debug, Deserialize)]
pub struct OwnNumber {
    /// The number, in E.164 form.
    #[serde(default)]
    pub phone_number: String,
    /// Who is asked what a caller gets.
    #[serde(default)]
    pub voice_url: Option<String>,
    /// Who is asked when that one fails.
    #[serde(default)]
    pub voice_fallback_url: Option<String>,
    /// Who is told how calls end.
    #[serde(default)]
    pub status_callback: Option<String>,
    /// Who is asked what to do with a message.
    #[serde(default)]
    pub sms_url: Option<String>,
    /// The application whose voice URLs are used instead.
    #[serde(default)]
    pub voice_application_sid: Option<String>,
    /// The application whose message URLs are used instead.
    #[serde(default)]
    pub sms_application_sid: Option<String>,
    /// The SIP trunk to which calls go instead.
    #[serde(default)]
    pub trunk_sid: Option<String>,
}

/// The account's own phone numbers.
#[derive(Clone, Copy, Debug)]
pub struct Numbers<'a> {
    twilio: &'a Twilio,
    by: Deadline,
}

impl Twilio {
    /// The account's own phone numbers.
    #[must_use]
    pub fn numbers(&self, by: Deadline) -> Numbers<'_> {
        Numbers { twilio: self, by }
    }
}

impl Numbers<'_> {
    /// All of them.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn all(self) -> Result<Vec<OwnNumber>, Error> {
        let account = self.twilio.account();
        let path = format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json");
        let request = Request::get(Product::Api, path);
        let pages = self
            .twilio
            .pages(request, "incoming_phone_numbers", self.by);
        pages.all().await
    }

    /// Whether a number is one of the account's own.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn owns(self, number: &E164) -> Result<bool, Error> {
        let (list, key) = ("IncomingPhoneNumbers", "incoming_phone_numbers");
        let end = number.as_str();
        let end = &end[end.len() - SHOWN_DIGITS..];
        self.lists(list, key, Some(end), number).await
    }

    /// Whether a number belongs to a third party that has let the account show it (Twilio: "`OutgoingCallerId` resource").
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn has_verified(self, number: &E164) -> Result<bool, Error> {
        let (list, key) = ("OutgoingCallerIds", "outgoing_caller_ids");
        self.lists(list, key, None, number).await
    }

    /// Whether a number is in one of these lists; only entries that contain `part` are asked for.
    async fn lists(
        self,
        list: &str,
        key: &'static str,
        part: Option<&str>,
        number: &E164,
    ) -> Result<bool, Error> {
        let account = self.twilio.account();
        let path = format!("/2010-04-01/Accounts/{account}/{list}.json");
        let request = Request::get(Product::Api, path).query("PageSize", 1_000);
        let request = part
            .into_iter()
            .fold(request, |request, part| request.query("PhoneNumber", part));
        let pages = self.twilio.pages(request, key, self.by);
        let found: Vec<Number> = pages.all().await?;
        let mut found = found.iter();
        Ok(found.any(|own| own.phone_number.as_deref() == Some(number.as_str())))
    }
}
