// Outlook's library is loaded by the page's head, which waits for it. Where it does not come within
// five seconds the head would wait for ever, so the page that says so is shown in its place.
setTimeout(() => {
  if (!window.Office) location.replace("/addin/unavailable.html" + location.search);
}, 5000);
