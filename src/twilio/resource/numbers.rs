//! The numbers that the account's calls may show (Twilio: "`IncomingPhoneNumber` resource").

use serde::Deserialize;

use crate::twilio::{
    Twilio, deadline::Deadline, error::Error, host::Product, party::E164, request::Request,
};

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
        self.lists("IncomingPhoneNumbers", "incoming_phone_numbers", number)
            .await
    }

    /// Whether a number is somebody else's, who has let the account show it (Twilio: "`OutgoingCallerId` resource").
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn has_verified(self, number: &E164) -> Result<bool, Error> {
        self.lists("OutgoingCallerIds", "outgoing_caller_ids", number)
            .await
    }

    /// Whether a number is in one of these lists. Twilio's filter also finds numbers that only contain it, so the
    /// answer is compared once more.
    async fn lists(self, list: &str, key: &'static str, number: &E164) -> Result<bool, Error> {
        let account = self.twilio.account();
        let path = format!("/2010-04-01/Accounts/{account}/{list}.json");
        let request = Request::get(Product::Api, path).query("PhoneNumber", number);
        let pages = self.twilio.pages(request, key, self.by);
        let found: Vec<Number> = pages.all().await?;
        let mut found = found.iter();
        Ok(found.any(|own| own.phone_number.as_deref() == Some(number.as_str())))
    }
}
