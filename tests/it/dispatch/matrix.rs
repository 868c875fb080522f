//! Every case of the list in every setting: as it is; with every webhook delivered three times, late and out of order
//! (case 15); where worker and caller meet in a conference (case 32); and both at once.
//!
//! A case is written once and takes its [`Setting`]; what it asserts is the same in all of them, and so is the end state.

use super::{answers, endings, nobody, office, trouble, whispers};
use crate::stage::Setting;

macro_rules! settings {
    ($($place:ident, $setting:expr, { $($module:ident :: $case:ident,)+ })+) => {$(
        mod $place {
            use super::*;
            $(
                #[tokio::test(start_paused = true)]
                async fn $case() {
                    $module::$case($setting).await;
                }
            )+
        }
    )+};
}

macro_rules! in_every_setting {
    ($($cases:tt)+) => {
        settings! {
            once, Setting::default(), { $($cases)+ }
            d4_15_thrice, Setting::default().thrice(), { $($cases)+ }
            d4_32_conference, Setting::default().conference(), { $($cases)+ }
            d4_32_conference_thrice, Setting::default().conference().thrice(), { $($cases)+ }
        }
    };
}

in_every_setting! {
    answers::d4_01_human_in_time_is_joined_once,
    answers::d4_04_every_machine_is_rejected_once_and_hung_up,
    answers::d4_05_a_fax_is_rejected,
    answers::d4_05_unknown_is_asked_for_a_key,
    answers::d4_05_unknown_is_joined_or_rejected_by_policy,
    answers::d4_06_a_mailbox_that_sounds_human_presses_no_key,
    answers::d4_07_a_person_taken_for_a_machine_wins_with_a_key,
    answers::d4_08_the_worker_hangs_up_before_they_are_joined,
    answers::d4_09_busy_no_answer_and_failed_are_rejected_by_their_cause,
    answers::d4_09_the_cool_down_is_as_long_as_its_cause_deserves,
    answers::d4_14_machine_and_hang_up_in_both_orders_reject_once,
    answers::d4_25_pressing_2_passes_and_does_not_go_off_line,
    answers::d4_26_a_worker_who_was_there_begins_to_miss_anew,
    answers::a_wrong_key_is_told_and_asked_again_and_three_times_nothing_rejects,
    answers::a_worker_may_choose_to_be_joined_at_once,
    endings::d4_10_the_customer_hangs_up_while_it_rings,
    endings::d4_10_any_one_event_suffices_and_none_does,
    endings::d4_11_the_customer_hangs_up_while_twilio_listens,
    endings::d4_12_the_customer_hangs_up_after_the_join,
    endings::d4_12_the_worker_hangs_up_after_the_join,
    endings::d4_13_the_reservation_times_out_while_it_rings,
    endings::d4_16_a_late_callback_leaves_the_next_reservation_alone,
    endings::d4_20_the_quickest_of_several_has_the_caller_and_the_others_are_let_go,
    endings::d4_20_two_who_answer_at_once_do_not_both_have_the_caller,
    endings::d4_20_the_leg_of_a_rescinded_reservation_ends,
    endings::d4_21_going_off_line_while_it_rings_stays_off_line,
    endings::d4_21_going_off_line_while_cooling_down_stays_off_line,
    endings::d4_30_taskrouter_moves_the_worker_after_the_call,
    endings::the_next_worker_is_rung_when_the_first_does_not_answer,
    nobody::d4_27_nobody_works_and_the_caller_is_told_once,
    nobody::d4_27_taskrouter_says_that_the_caller_has_come_to_a_queue_without_workers,
    nobody::whoever_is_left_in_the_queue_without_workers_is_told_once,
    office::d4_17_a_phone_that_cannot_be_called_is_rejected_and_the_supervisor_told,
    office::d4_17_a_busy_twilio_is_asked_again_within_the_budget,
    office::d4_18_a_leg_whose_making_was_not_confirmed_is_found_and_not_made_twice,
    office::d4_18_a_leg_that_was_not_made_is_made,
    office::d4_19_one_phone_rings_for_one_reservation_at_a_time,
    office::d4_23_a_number_of_our_own_is_never_called,
    office::d4_23_a_phone_that_has_become_a_number_of_ours_is_called_no_more,
    office::d4_24_the_customers_own_number_is_never_called,
    office::d4_26_misses_in_a_row_take_a_worker_off_the_line_and_tell_them,
    office::d4_28_a_withheld_number_is_not_shown,
    office::d4_29_asked_again_through_the_fallback_makes_one_leg,
    office::the_callers_number_is_shown_by_its_token,
    office::a_worker_in_flex_is_left_to_flex,
    office::an_assignment_is_answered_in_time_whatever_twilio_does,
    trouble::d4_02_a_second_too_late_is_told_and_nothing_loops,
    trouble::d4_03_answering_while_the_reservation_times_out_is_one_or_the_other,
    trouble::d4_16_another_leg_or_another_nonce_gets_nobody,
    trouble::d4_22_kill_9_at_each_step_resumes,
    trouble::d4_31_the_customer_leaves_in_the_second_of_the_join,
    whispers::d4_28_a_queue_whose_name_takes_long_does_not_keep_a_phone_from_ringing,
    whispers::d4_28_a_whisper_names_the_queue_and_the_caller,
}
