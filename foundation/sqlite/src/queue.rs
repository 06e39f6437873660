//! Work that waits for whichever of several threads is free.
//!
//! Each piece wakes one thread. A shared channel receiver would wake two: the one that takes the
//! piece, and the next one to wait where it waited.

use std::{
    collections::VecDeque,
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
};

/// The queue.
pub(crate) struct Queue<T> {
    state: Mutex<State<T>>,
    changed: Condvar,
}

struct State<T> {
    waiting: VecDeque<T>,
    /// Units: threads that still take work.
    takers: usize,
    closed: bool,
}

impl<T> Queue<T> {
    /// An empty queue that nobody takes from yet.
    pub(crate) fn new() -> Arc<Self> {
        let state = State { waiting: VecDeque::new(), takers: 0, closed: false };
        Arc::new(Self { state: Mutex::new(state), changed: Condvar::new() })
    }

    /// Adds work. Whether somebody is there to take it.
    pub(crate) fn put(&self, work: T) -> bool {
        let mut state = self.lock();
        if state.takers == 0 {
            return false;
        }
        state.waiting.push_back(work);
        drop(state);
        self.changed.notify_one();
        true
    }

    /// From now on one thread more takes work.
    pub(crate) fn taker(self: &Arc<Self>) -> Taker<T> {
        self.lock().takers += 1;
        Taker { queue: Arc::clone(self) }
    }

    /// What waits is still taken, then the takers end.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State<T>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The end at which one thread takes work.
pub(crate) struct Taker<T> {
    queue: Arc<Queue<T>>,
}

impl<T> Taker<T> {
    /// The next piece, in the order of putting; `None` when the queue was closed and is empty.
    pub(crate) fn next(&self) -> Option<T> {
        let mut state = self.queue.lock();
        loop {
            if let Some(work) = state.waiting.pop_front() {
                return Some(work);
            }
            if state.closed {
                return None;
            }
            state = self.queue.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<T> Drop for Taker<T> {
    /// Also when the thread panics: without takers nothing may wait for ever.
    fn drop(&mut self) {
        let mut state = self.queue.lock();
        state.takers -= 1;
        let left =
            if state.takers == 0 { std::mem::take(&mut state.waiting) } else { VecDeque::new() };
        drop(state);
        drop(left);
        // A wake-up that this thread took along may be meant for another one.
        self.queue.changed.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::Queue;

    #[test]
    fn work_is_taken_in_order_and_to_the_end() {
        let queue = Queue::new();
        assert!(!queue.put(0));
        let taker = queue.taker();
        assert!(queue.put(1) && queue.put(2));
        queue.close();
        assert_eq!([taker.next(), taker.next(), taker.next()], [Some(1), Some(2), None]);
        drop(taker);
        assert!(!queue.put(3));
    }
}
