"use strict";
// Sorting, filtering and searching; the page is complete without it.
(function () {
  var words = document.body.dataset;
  var tables = [];
  var everywhere = "";

  function make(tag, attributes, parent) {
    var element = document.createElement(tag);
    Object.keys(attributes).forEach(function (name) { element.setAttribute(name, attributes[name]); });
    if (parent) { parent.appendChild(element); }
    return element;
  }

  function text(row, column) {
    var cell = row.cells[column];
    return cell ? cell.textContent.trim().replace(/\s+/g, " ") : "";
  }

  function number(said) {
    var digits = said.replace(/[^0-9]/g, "");
    return digits === "" ? -1 : Number(digits);
  }

  function apply(tool) {
    var wanted = tool.input.value.toLowerCase();
    var shown = 0;
    tool.rows.forEach(function (row) {
      var said = row.said;
      var fits = said.indexOf(wanted) >= 0 && said.indexOf(everywhere) >= 0 && tool.selects.every(function (select) {
        return select.value === "" || text(row.element, Number(select.dataset.column)) === select.value;
      });
      row.element.hidden = !fits;
      shown += fits ? 1 : 0;
    });
    tool.count.textContent = shown + " " + words.of + " " + tool.rows.length + " " + words.shown;
    return shown;
  }

  function sort(tool, column, header) {
    var up = header.getAttribute("aria-sort") !== (header.classList.contains("num") ? "descending" : "ascending");
    var direction = header.classList.contains("num") ? (up ? -1 : 1) : (up ? 1 : -1);
    tool.headers.forEach(function (other) { other.removeAttribute("aria-sort"); });
    header.setAttribute("aria-sort", direction === 1 ? "ascending" : "descending");
    tool.rows.sort(function (a, b) {
      var one = text(a.element, column), other = text(b.element, column);
      var order = header.classList.contains("num") ? number(one) - number(other)
        : one.localeCompare(other, document.documentElement.lang, { numeric: true });
      return direction * order || a.place - b.place;
    });
    tool.rows.forEach(function (row) { tool.body.appendChild(row.element); });
  }

  document.querySelectorAll("table.tool").forEach(function (table, index) {
    var body = table.tBodies[0];
    var tool = { body: body, selects: [], headers: Array.from(table.tHead.rows[0].cells), open: table.closest("details") };
    tool.rows = Array.from(body.rows).map(function (row, place) {
      return { element: row, place: place, said: row.textContent.toLowerCase().replace(/\s+/g, " ") };
    });
    var bar = make("div", { "class": "tools" });
    table.parentNode.insertBefore(bar, table);
    tool.input = make("input", { type: "search", id: "zoek-" + index, "aria-label": words.search, placeholder: words.search }, bar);
    tool.headers.forEach(function (header, column) {
      var button = make("button", { type: "button", "class": "sort" });
      while (header.firstChild) { button.appendChild(header.firstChild); }
      header.appendChild(button);
      button.addEventListener("click", function () { sort(tool, column, header); });
      if (header.hasAttribute("data-filter")) {
        var label = button.textContent.trim();
        var select = make("select", { "data-column": String(column), "aria-label": label }, bar);
        make("option", { value: "" }, select).textContent = label + ": " + words.all;
        Array.from(new Set(tool.rows.map(function (row) { return text(row.element, column); }))).sort().forEach(function (said) {
          make("option", { value: said }, select).textContent = said;
        });
        select.addEventListener("change", function () { apply(tool); });
        tool.selects.push(select);
      }
    });
    tool.count = make("output", { "class": "soft small", "for": "zoek-" + index }, bar);
    tool.input.addEventListener("input", function () { apply(tool); });
    if (tool.rows.length < 6) { bar.classList.add("few"); }
    tables.push(tool);
    apply(tool);
  });

  var place = document.getElementById("overal");
  var search = make("input", { type: "search", id: "zoek-overal", "aria-label": words.everywhere, placeholder: words.everywhere }, place);
  search.addEventListener("input", function () {
    everywhere = search.value.trim().toLowerCase();
    tables.forEach(function (tool) {
      var shown = apply(tool);
      if (tool.open) {
        tool.open.classList.toggle("nothing", everywhere !== "" && shown === 0);
        tool.open.open = everywhere !== "" && shown > 0;
      }
    });
  });

  var opened = [];
  window.addEventListener("beforeprint", function () {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    opened.forEach(function (details) { details.open = true; });
  });
  window.addEventListener("afterprint", function () {
    opened.forEach(function (details) { details.open = false; });
  });
}());
