/* Comfort only: every page works without it. */
"use strict";
document.addEventListener("submit", function (event) {
  var button = event.submitter;
  if (button) { setTimeout(function () { button.disabled = true; }, 0); }
});
window.addEventListener("pageshow", function () {
  document.querySelectorAll("button[disabled]").forEach(function (button) { button.disabled = false; });
});
(function () {
  var busy = document.querySelector("[data-state]");
  if (!busy) { return; }
  function look() {
    fetch(busy.dataset.state, { cache: "no-store" }).then(function (answer) { return answer.json(); }).then(function (now) {
      document.getElementById("voortgang").value = now.share;
      document.getElementById("nog").textContent = now.left;
      if (now.state !== busy.dataset.is || String(now.steps) !== busy.dataset.steps) { location.reload(); return; }
      setTimeout(look, 1000);
    }).catch(function () { setTimeout(look, 5000); });
  }
  setTimeout(look, 1000);
}());
