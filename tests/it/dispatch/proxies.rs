//! Workers on their own phones, behind proxies that touch the URL.

use super::answers::d4_01_human_in_time_is_joined_once;
use crate::stage::{
    Setting,
    proxy::{reverses, sorts},
};

#[tokio::test(start_paused = true)]
async fn a_worker_at_home_is_joined_behind_a_proxy_that_orders_the_query() {
    for proxy in [sorts, reverses] {
        let setting = || Setting::default().behind(proxy);
        d4_01_human_in_time_is_joined_once(setting()).await;
        d4_01_human_in_time_is_joined_once(setting().conference()).await;
    }
}
