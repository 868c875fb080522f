//! The doctor at the clock: does it agree with Twilio's?
//!
//! Times of Twilio's are compared with this machine's, for how long a call has been on hold or how old a report is.
//! Every answer of Twilio's says what time it is there (HTTP: `Date`), to the second.

use http::header;
use jiff::{SignedDuration, Timestamp, fmt::rfc2822};

use super::{Finding, Scene};
use crate::{app, twilio::host::Product};

/// What the way of an answer and its whole seconds may amount to.
const USUAL: SignedDuration = SignedDuration::from_secs(5);

/// From here on, what is timed goes visibly wrong.
const WRONG: SignedDuration = SignedDuration::from_secs(60);

/// Asks Twilio for anything, without credentials, and looks at the date of the answer.
pub(super) async fn look(scene: &Scene) -> Vec<Finding> {
    let hosts = app::hosts(&scene.config.general.account);
    let url = format!("{}/2010-04-01/Accounts.json", hosts.base(Product::Api));
    let begun = scene.clock().uncorrected();
    let answer = scene.beyond.get(&url).await;
    let ended = scene.clock().uncorrected();
    vec![match answer {
        Ok(answer) => {
            let date = answer.headers.get(header::DATE);
            let date = date.and_then(|it| rfc2822::parse(it.to_str().ok()?).ok());
            match date {
                Some(date) => judge(date.timestamp(), begun, ended),
                None => Finding::warn(
                    "Twilio's answer has no date, so the clock could not be compared",
                    "Does a proxy take the header away? Compare the clock with another one.",
                ),
            }
        }
        Err(why) => Finding::skipped(
            format!("Twilio could not be asked what time it is: {why}"),
            "Compare the clock with another one.",
        ),
    }]
}

/// `there` is what Twilio's clock said at some moment between `begun` and `ended` of ours.
fn judge(there: Timestamp, begun: Timestamp, ended: Timestamp) -> Finding {
    let (behind, ahead) = (there.duration_since(ended), begun.duration_since(there));
    let (off, direction) = if behind > ahead {
        (behind, "behind")
    } else {
        (ahead, "ahead of")
    };
    if off <= USUAL {
        return Finding::pass("this machine's clock agrees with Twilio's");
    }
    let off_by = match off.as_secs() {
        seconds @ ..=119 => format!("{seconds} seconds"),
        seconds @ ..=7199 => format!("{} minutes", seconds / 60),
        seconds => format!("{} hours", seconds / 3600),
    };
    let what = format!("this machine's clock is {off_by} {direction} Twilio's");
    let advice = "Let it be set from the network (NTP): what is timed, such as calls that come back from hold, goes by it.";
    if off < WRONG {
        Finding::warn(what, advice)
    } else {
        Finding::fail(what, advice)
    }
}
