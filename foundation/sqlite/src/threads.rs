//! The threads of [`crate::Mode::Threaded`].

use crate::Error;
use rusqlite::Connection;
use std::{
    sync::{Arc, Mutex, PoisonError, mpsc},
    thread,
};
use tokio::sync::oneshot;

/// Units: reader threads for each file.
pub(crate) const READERS: usize = 2;

/// Units: closures that wait for the writer before callers are made to wait.
const WRITE_QUEUE: usize = 1_024;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

pub(crate) struct Threads {
    writer: Arc<tokio::sync::Semaphore>,
    write: mpsc::Sender<Job>,
    read: Option<mpsc::Sender<Job>>,
}

impl Threads {
    pub(crate) fn start(writer: Connection, readers: Vec<Connection>) -> Self {
        let (write, writes) = mpsc::channel();
        run(writer, move || writes.recv().ok());
        let read = (!readers.is_empty()).then(|| {
            let (read, reads) = mpsc::channel();
            let reads = Arc::new(Mutex::new(reads));
            for reader in readers {
                let reads = Arc::clone(&reads);
                run(reader, move || {
                    reads.lock().unwrap_or_else(PoisonError::into_inner).recv().ok()
                });
            }
            read
        });
        Self { writer: Arc::new(tokio::sync::Semaphore::new(WRITE_QUEUE)), write, read }
    }

    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> Result<T, Error> {
        let place = Arc::clone(&self.writer).acquire_owned().await.map_err(|_| Error::Closed)?;
        ask(&self.write, move |connection| {
            let answer = work(connection);
            drop(place);
            answer
        })
        .await
    }

    pub(crate) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&mut Connection) -> T + Send + 'static,
    ) -> Result<T, Error> {
        ask(self.read.as_ref().unwrap_or(&self.write), work).await
    }
}

async fn ask<T: Send + 'static>(
    queue: &mpsc::Sender<Job>,
    work: impl FnOnce(&mut Connection) -> T + Send + 'static,
) -> Result<T, Error> {
    let (answer, answered) = oneshot::channel();
    let job: Job = Box::new(move |connection| {
        // The caller may have gone; the work is done all the same.
        let _ = answer.send(work(connection));
    });
    queue.send(job).map_err(|_| Error::Closed)?;
    answered.await.map_err(|_| Error::Closed)
}

fn run(mut connection: Connection, mut next: impl FnMut() -> Option<Job> + Send + 'static) {
    thread::spawn(move || {
        while let Some(job) = next() {
            job(&mut connection);
        }
    });
}
