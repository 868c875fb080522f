//! One replica of Switchboard, and how it is killed: between any two of its requests to Twilio, at once, for good.
//!
//! A killed process sends nothing more. Its tasks live on in this process, so what stops them is their way out: the
//! transport of a dead replica never answers again, and its reconciler is aborted.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use axum::Router;
use switchboard::{
    app::Config,
    app::{Outside, assemble, reconcile},
    clock::Clock,
    emulator::Emulator,
    rng::Rng,
    twilio::transport::{Broken, Transport},
    web::{self, App},
};
use tokio::task::AbortHandle;

use super::{Manners, Stage};

/// How long a load balancer goes on sending requests to a replica that is not ready.
const HEALTH_CHECKS: Duration = Duration::from_secs(8);

/// After that, a replica ends when its last request has; the longest takes so long.
const LAST_REQUESTS: Duration = Duration::from_secs(13);

/// How long what requests left behind may take then.
const LONGEST_END: Duration = Duration::from_secs(20);

/// When a process dies: at which of its requests, and whether Twilio still acts on that one.
struct Death {
    requests_left: u32,
    acted: bool,
    announce: Box<dyn FnOnce() + Send>,
}

/// A process's life.
#[derive(Default)]
struct Life {
    dead: bool,
    death: Option<Death>,
}

type Shared = Arc<Mutex<Life>>;

struct Running {
    app: App,
    life: Shared,
    reconciler: AbortHandle,
}

pub(super) struct Replica {
    emulator: Emulator,
    config: Config,
    clock: Clock,
    rng: Rng,
    manners: Manners,
    running: Mutex<Option<Running>>,
}

impl Replica {
    pub(super) fn new(
        emulator: &Emulator,
        config: &Config,
        clock: Clock,
        seed: u64,
        manners: &Manners,
    ) -> Arc<Self> {
        Arc::new(Self {
            emulator: emulator.clone(),
            config: config.clone(),
            clock,
            rng: Rng::seeded(seed),
            manners: manners.clone(),
            running: Mutex::default(),
        })
    }

    /// Starts a fresh process in this place, and gives its routes.
    pub(super) fn start(&self) -> Router {
        self.kill();
        let life = Shared::default();
        let transport = mortal(self.emulator.transport(), Arc::clone(&life));
        let outside = Outside {
            transport,
            clock: self.clock,
            rng: self.rng.clone(),
        };
        let app = assemble(self.config.clone(), outside).expect("an application");
        let reconciler = tokio::spawn(reconcile(app.clone())).abort_handle();
        let router = self.router_of(&app);
        *self.running.lock().unwrap() = Some(Running {
            app,
            life,
            reconciler,
        });
        router
    }

    /// The routes as the network sees them, watched.
    pub(super) fn router(&self) -> Router {
        self.router_of(&self.app())
    }

    fn router_of(&self, app: &App) -> Router {
        self.manners.watch(web::router(app))
    }

    pub(super) fn app(&self) -> App {
        self.running
            .lock()
            .unwrap()
            .as_ref()
            .expect("a running replica")
            .app
            .clone()
    }

    /// What the process was told.
    pub(super) fn config(&self) -> &Config {
        &self.config
    }

    /// What SIGTERM leads to: not ready, which a load balancer sees within a health check or two and tells `noticed`,
    /// then the rest of the linger, then the end of what is in work. Whether the process has ended by itself.
    pub(super) async fn drain(&self, noticed: impl FnOnce()) -> bool {
        let (app, life) = match &*self.running.lock().unwrap() {
            Some(running) => (running.app.clone(), Arc::clone(&running.life)),
            None => return false,
        };
        app.draining().begin();
        self.clock.sleep(HEALTH_CHECKS).await;
        if life.lock().unwrap().dead {
            return false;
        }
        noticed();
        self.clock.sleep(LAST_REQUESTS).await;
        app.tasks().close();
        let _ = tokio::time::timeout(LONGEST_END, app.tasks().wait()).await;
        !life.lock().unwrap().dead
    }

    pub(super) fn kill(&self) {
        if let Some(running) = self.running.lock().unwrap().take() {
            running.life.lock().unwrap().dead = true;
            running.reconciler.abort();
        }
    }

    /// Dies at its `nth` request from now; `announce` tells the rest of the world.
    pub(super) fn die_at(&self, nth: u32, acted: bool, announce: impl FnOnce() + Send + 'static) {
        if let Some(running) = &*self.running.lock().unwrap() {
            let death = Death {
                requests_left: nth,
                acted,
                announce: Box::new(announce),
            };
            running.life.lock().unwrap().death = Some(death);
        }
    }
}

/// What becomes of one request of a process.
enum Fate {
    Sent,
    SentInVain,
    NeverSent,
}

fn fate(life: &Shared) -> Fate {
    let mut life = life.lock().unwrap();
    if life.dead {
        return Fate::NeverSent;
    }
    match &mut life.death {
        Some(death) if death.requests_left > 1 => {
            death.requests_left -= 1;
            return Fate::Sent;
        }
        Some(_) => {}
        None => return Fate::Sent,
    }
    life.dead = true;
    match life.death.take() {
        Some(death) => {
            (death.announce)();
            if death.acted {
                Fate::SentInVain
            } else {
                Fate::NeverSent
            }
        }
        None => Fate::NeverSent,
    }
}

fn mortal(transport: Transport, life: Shared) -> Transport {
    Transport::new(tower::service_fn(move |request: reqwest::Request| {
        let (transport, life) = (transport.clone(), Arc::clone(&life));
        async move {
            match fate(&life) {
                Fate::Sent => {
                    let answer = transport.send(request).await;
                    if life.lock().unwrap().dead {
                        std::future::pending().await
                    } else {
                        answer
                    }
                }
                Fate::SentInVain => {
                    let _: Result<_, Broken> = transport.send(request).await;
                    std::future::pending().await
                }
                Fate::NeverSent => std::future::pending().await,
            }
        }
    }))
}

impl Stage {
    /// `kill -9` of one replica.
    pub(crate) fn kill(&self, place: usize) {
        self.replicas[place].kill();
        self.places.kill(place);
    }

    /// One replica is killed just before its `nth` request to Twilio from now, or just after (`acted`).
    pub(crate) fn kill_at(&self, place: usize, nth: u32, acted: bool) {
        let places = self.places.clone();
        self.replicas[place].die_at(nth, acted, move || places.kill(place));
    }

    /// One replica is stopped as by SIGTERM while everything goes on, and when it has ended, a fresh one stands in its
    /// place; unless it is killed meanwhile.
    pub(crate) fn restart(&self, place: usize) {
        let (replica, places) = (Arc::clone(&self.replicas[place]), self.places.clone());
        tokio::spawn(async move {
            if replica.drain(|| places.take_out(place)).await {
                places.start(place, replica.start());
            }
        });
    }

    /// A killed replica starts again, with an empty memory.
    pub(crate) fn start(&self, place: usize) {
        self.places.start(place, self.replicas[place].start());
    }

    /// One replica is enough: the others end, and everything goes to it.
    pub(crate) fn scale_in(&self) {
        for place in 1..self.replicas.len() {
            self.replicas[place].kill();
            self.places.start(place, self.replicas[0].router());
        }
    }
}
