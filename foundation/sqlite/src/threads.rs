//! The threads of [`crate::Mode::Threaded`].

use crate::{Error, queue::Queue};
use rusqlite::Connection;
use std::{sync::Arc, thread};
use tokio::sync::oneshot;

/// Units: reader threads for each file.
pub(crate) const READERS: usize = 2;

/// Units: closures that wait for the writer before callers are made to wait.
const WRITE_QUEUE: usize = 1_024;

type Job = Box<dyn FnOnce(&mut Connection) + Send>;

pub(crate) struct Threads {
    writer: Arc<tokio::sync::Semaphore>,
    write: Arc<Queue<Job>>,
    read: Option<Arc<Queue<Job>>>,
}

impl Threads {
    pub(crate) fn start(writer: Connection, readers: Vec<Connection>) -> Self {
        let write = Queue::new();
        run(writer, &write);
        let read = (!readers.is_empty()).then(Queue::new);
        for (reader, read) in readers.into_iter().zip(read.iter().cycle()) {
            run(reader, read);
        }
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

impl Drop for Threads {
    fn drop(&mut self) {
        self.write.close();
        if let Some(read) = &self.read {
            read.close();
        }
    }
}

async fn ask<T: Send + 'static>(
    queue: &Queue<Job>,
    work: impl FnOnce(&mut Connection) -> T + Send + 'static,
) -> Result<T, Error> {
    let (answer, answered) = oneshot::channel();
    let job: Job = Box::new(move |connection| {
        // The caller may have gone; the work is done all the same.
        let _ = answer.send(work(connection));
    });
    if !queue.put(job) {
        return Err(Error::Closed);
    }
    answered.await.map_err(|_| Error::Closed)
}

fn run(mut connection: Connection, queue: &Arc<Queue<Job>>) {
    let taker = queue.taker();
    thread::spawn(move || {
        while let Some(job) = taker.next() {
            job(&mut connection);
        }
    });
}
