// Trying again keeps what the page was opened with.
document.getElementById("again").search = location.search;
