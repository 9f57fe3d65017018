/* Comfort only: every page works without it. */
"use strict";
(function () {
if (!window.fetch || !window.URLSearchParams || !Element.prototype.closest || !NodeList.prototype.forEach) {
  /* an old browser: what goes on is asked again as a whole page, and buttons do the rest */
  if (document.querySelector("[data-state], [data-again]")) { setTimeout(function () { location.reload(); }, 5000); }
  return;
}
/* A page that asks itself again takes nothing from who works on it: not the page that was just asked for, which it
   would call back, nor what is half filled in, nor the place on the page where the keyboard is. */
var asked = 0;
window.addEventListener("beforeunload", function () { asked = Date.now(); });
window.addEventListener("pageshow", function () { asked = 0; });
function filled(one) {
  if (one.type === "file") { return one.files.length > 0; }
  if (one.type === "checkbox" || one.type === "radio") { return one.checked !== one.defaultChecked; }
  if (one.options) { return one.selectedIndex > 0 && !one.options[one.selectedIndex].defaultSelected; }
  return one.type !== "hidden" && "defaultValue" in one && one.value !== one.defaultValue;
}
function held() {
  var form = document.activeElement && document.activeElement.form;
  return Date.now() - asked < 30000
    || Array.prototype.some.call(document.querySelectorAll("input[type=file]"), filled)
    || Boolean(form) && Array.prototype.some.call(form.elements, filled);
}
function mark(one) {  /* what of a page tells one thing from another, without a word of what stands there */
  return [location.pathname, one.tagName, one.id, one.getAttribute("href"), one.name, one.form && one.form.getAttribute("action")].join(" ");
}
function again() {
  var here = document.activeElement;
  try { sessionStorage.setItem("here", here && here !== document.body ? mark(here) : ""); } catch (closed) { /* then not */ }
  location.reload();
}
(function () {
  var was = "";
  try { was = sessionStorage.getItem("here"); sessionStorage.removeItem("here"); } catch (closed) { /* then not */ }
  if (!was) { return; }
  var one = Array.prototype.filter.call(document.querySelectorAll("a, button, input, select, summary, textarea"), function (each) { return mark(each) === was; })[0];
  if (one) { one.focus({ preventScroll: true }); }
}());
document.addEventListener("submit", function (event) {
  var button = event.submitter;
  if (button) { setTimeout(function () { button.disabled = true; }, 0); }
});
window.addEventListener("pageshow", function () {
  document.querySelectorAll("button[disabled]").forEach(function (button) { button.disabled = false; });
});
(function () {
  var limit = document.querySelector("[data-most]");
  if (!limit) { return; }
  limit.form = limit.closest("form");
  limit.form.addEventListener("submit", function (event) {
    var size = 0;
    limit.form.querySelectorAll("input[type=file]").forEach(function (field) {
      Array.prototype.forEach.call(field.files, function (file) { size += file.size; });
    });
    var over = size > Number(limit.dataset.most);
    limit.classList.toggle("wrong", over);
    limit.setAttribute("role", over ? "alert" : "note");
    if (over) { event.preventDefault(); limit.textContent = limit.dataset.over; }
  });
}());
(function () {
  var busy = document.querySelector("[data-state]");
  if (!busy) { return; }
  function look() {
    fetch(busy.dataset.state, { cache: "no-store", headers: { "X-Again": "1" } }).then(function (answer) {
      if ((answer.headers.get("Content-Type") || "").indexOf("json") < 0) { again(); throw new Error("closed"); }
      return answer.json();
    }).then(function (now) {
      document.getElementById("voortgang").value = now.share;
      document.getElementById("nog").textContent = now.left;
      if ((now.state !== busy.dataset.is || String(now.steps) !== busy.dataset.steps) && !held()) { again(); return; }
      setTimeout(look, 1000);
    }).catch(function () { setTimeout(look, 5000); });
  }
  setTimeout(look, 1000);
}());
(function () {
  var form = document.querySelector("[data-save]");
  if (!form) { return; }
  form.addEventListener("change", function (event) {
    var field = event.target;
    if (!field.name || field.name.slice(0, 2) !== "v:") { return; }
    var column = field.name.slice(2), was = form.elements["w:" + column];
    var state = field.parentNode.querySelector(".state");
    var sent = new URLSearchParams({ csrf: form.elements.csrf.value, column: column, value: field.value, was: was.value });
    fetch(form.dataset.save, { method: "POST", body: sent, keepalive: true }).then(function (answer) {
      if (!answer.ok) { throw new Error("answer"); }
      return answer.json();
    }).then(function (now) {
      var wrong = now.state !== "saved";
      was.value = now.kept;
      state.textContent = now.said;
      state.classList.toggle("wrong", wrong);
      if (wrong) { field.setAttribute("aria-invalid", "true"); } else { field.removeAttribute("aria-invalid"); }
    }).catch(function () { /* the button saves it, or says why not */ });
  });
}());
(function () {
  var locks = document.querySelector("[data-locks]");
  if (!locks) { return; }
  var timer;
  function again() {
    clearTimeout(timer);
    timer = setTimeout(function () {
      if (document.activeElement) { document.activeElement.blur(); }
      location.replace("/locked");
    }, 1000 * Number(locks.dataset.locks));
  }
  ["keydown", "pointerdown", "input"].forEach(function (kind) { document.addEventListener(kind, again); });
  again();
}());
(function () {
  var form = document.querySelector("[data-find]");
  if (!form) { return; }
  var field = form.elements.q, timer, asked = 0;
  field.addEventListener("input", function () {
    clearTimeout(timer);
    timer = setTimeout(function () {
      var mine = asked += 1;
      fetch(form.action + "?q=" + encodeURIComponent(field.value)).then(function (answer) { return answer.text(); }).then(function (text) {
        var found = new DOMParser().parseFromString(text, "text/html").getElementById(form.dataset.find);
        var here = document.getElementById(form.dataset.find);
        if (mine === asked && found && here) {
          here.textContent = "";
          Array.prototype.slice.call(document.importNode(found, true).childNodes).forEach(function (one) { here.appendChild(one); });
        }
      }).catch(function () { /* the button finds it too */ });
    }, 250);
  });
}());
(function () {
  var busy = document.querySelector("[data-again]");
  if (!busy) { return; }
  function look() {
    fetch(busy.dataset.again, { cache: "no-store", headers: { "X-Again": "1" } }).then(function (answer) { return answer.text(); }).then(function (text) {
      var next = new DOMParser().parseFromString(text, "text/html");
      if (next.querySelector("[data-again]") || held()) { setTimeout(look, 1500); } else { again(); }
    }).catch(function () { setTimeout(look, 5000); });
  }
  setTimeout(look, 1000);
}());
(function () {
  var shown = document.querySelector("[data-follow]");
  if (!shown) { return; }
  var from = shown.dataset.follow, parts = shown.dataset.parts.split(" ");
  function busy(here) { return here.contains(document.activeElement) || here.querySelector("details[open]"); }
  function look() {
    fetch(from, { cache: "no-store", headers: { "X-Again": "1" } }).then(function (answer) { return answer.text(); }).then(function (text) {
      var next = new DOMParser().parseFromString(text, "text/html"), last = next.querySelector("[data-follow]");
      parts.forEach(function (id) {
        var there = next.getElementById(id), here = document.getElementById(id);
        if (there && here && there.innerHTML !== here.innerHTML && !busy(here)) { here.parentNode.replaceChild(document.importNode(there, true), here); }
      });
      if (last) { setTimeout(look, 2000); } else if (!next.getElementById(parts[0])) { again(); }
    }).catch(function () { setTimeout(look, 5000); });
  }
  setTimeout(look, 1000);
}());
}());
