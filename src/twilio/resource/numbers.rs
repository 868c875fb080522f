//! The account's own phone numbers (Twilio: "`IncomingPhoneNumber` resource").

use serde::Deserialize;

use crate::twilio::{
    Twilio, deadline::Deadline, error::Error, host::Product, party::E164, request::Request,
};

#[derive(Deserialize)]
struct Number {
    phone_number: Option<String>,
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
    /// Whether a number is one of the account's own. Twilio's filter also finds numbers that only contain it, so the
    /// answer is compared once more.
    ///
    /// # Errors
    /// When Twilio cannot be asked.
    pub async fn owns(self, number: &E164) -> Result<bool, Error> {
        let account = self.twilio.account();
        let path = format!("/2010-04-01/Accounts/{account}/IncomingPhoneNumbers.json");
        let request = Request::get(Product::Api, path).query("PhoneNumber", number);
        let pages = self
            .twilio
            .pages(request, "incoming_phone_numbers", self.by);
        let found: Vec<Number> = pages.all().await?;
        let mut found = found.iter();
        Ok(found.any(|own| own.phone_number.as_deref() == Some(number.as_str())))
    }
}
