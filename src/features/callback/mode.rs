//! Where a caller who waits is: the names are the published function's, because its links may be in a call when ours
//! take over.

use std::str::FromStr;

macro_rules! modes {
    ($($(#[doc = $doc:literal])+ $mode:ident = $name:literal;)+) => {
        /// What is asked for.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Mode {$(
            $(#[doc = $doc])+
            $mode,
        )+}

        impl Mode {
            /// Its name in URLs.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$mode => $name,)+ }
            }
        }

        impl FromStr for Mode {
            type Err = std::convert::Infallible;

            /// Reads a name. A caller with an unknown one keeps waiting, as in the published function.
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Ok(match text {
                    $($name => Self::$mode,)+
                    _ => Self::Loop,
                })
            }
        }
    };
}

modes! {
    /// A caller has come into the line.
    Start = "initialize";
    /// One round of waiting.
    Loop = "main-wait-loop";
    /// A key was pressed while music played.
    Star = "handle-initial-choice";
    /// A key says whether to be called back or to leave a message.
    Kind = "handle-callback-or-voicemail-choice";
    /// A key says at which number.
    Whose = "handle-callback-choice";
    /// A number is to be keyed in; nothing was, before.
    Enter = "enter-other-number";
    /// A number was keyed in.
    Keyed = "handle-callback-for-other-number-confirmation-option";
    /// It is to be confirmed; no key was pressed, before.
    Confirm = "confirm-other-number";
    /// A key confirms it, or not.
    Confirmed = "handle-callback-for-other-number-confirmation";
    /// The call-back is asked for, as links of the published function do.
    Submit = "submit-callback";
    /// On the way to the recorder.
    Leave = "leave-line";
    /// At the recorder.
    Record = "record-voicemail";
    /// Something was recorded.
    Recorded = "voicemail-recorded";
}
