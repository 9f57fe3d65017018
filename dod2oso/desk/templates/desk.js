/* Comfort only: every page works without it. */
"use strict";
document.addEventListener("submit", function (event) {
  var button = event.submitter;
  if (button) { setTimeout(function () { button.disabled = true; }, 0); }
});
window.addEventListener("pageshow", function () {
  document.querySelectorAll("button[disabled]").forEach(function (button) { button.disabled = false; });
});
