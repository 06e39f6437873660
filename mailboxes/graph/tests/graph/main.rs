//! The connector on bytes: the requests that it writes and the replies that it reads, against
//! a transport that follows a script.

mod script;

mod signing_in;

mod feed;

mod bearers;

mod reading;

mod contents;

mod calendar;

mod appointments;

mod tasks;

mod push;

mod writing;

mod master_list;

mod patience;

mod hostile;
