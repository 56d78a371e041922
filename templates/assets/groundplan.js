/* Groundplan: zoom, pan, trace and filter in diagrams; `#gp-node=ID` finds a node and
   `?gp-environments=A,B` leaves these; tables that can be filtered and sorted; two environments of
   a comparison. Every page is complete without this file. No request is made, nothing is stored. */
(function () {
  "use strict";
  if (window.groundplan) return;
  window.groundplan = true;

  var READABLE = 0.6; // below this scale a diagram starts cropped rather than tiny
  var still = window.matchMedia("(prefers-reduced-motion: reduce)");
  var frames = [];

  function clamp(value, low, high) {
    return Math.max(low, Math.min(value, Math.max(low, high)));
  }

  function element(name, attributes) {
    var made = document.createElement(name);
    Object.keys(attributes).forEach(function (key) { made.setAttribute(key, attributes[key]); });
    return made;
  }

  /* One diagram. `view` is the visible rectangle, in the diagram's own units. */
  function Frame(frame, svg) {
    var size = svg.getAttribute("viewBox").split(/[ ,]+/).map(Number);
    var natural = { x: size[0], y: size[1], w: size[2], h: size[3] };
    var stage = frame.closest(".gp-figure") || frame;
    var view, start, touched = false, pointers = new Map(), moved = 0, pinch = 0;

    function show(next) {
      var loose = 0.5; // at most half of the picture may leave the frame
      next.x = clamp(next.x, natural.x - next.w * loose, natural.x + natural.w - next.w * (1 - loose));
      next.y = clamp(next.y, natural.y - next.h * loose, natural.y + natural.h - next.h * (1 - loose));
      view = next;
      svg.setAttribute("viewBox", [next.x, next.y, next.w, next.h].map(function (n) {
        return Math.round(n * 100) / 100;
      }).join(" "));
      frame.classList.toggle("gp-frame--near", start && next.w < start.w * 0.99);
    }

    /* The whole picture in the middle of its box; larger than life only on a full screen. */
    function whole() {
      var box = svg.getBoundingClientRect();
      var most = document.fullscreenElement === stage ? 2 : 1;
      var scale = Math.min(most, box.width / natural.w, box.height / natural.h) || 1;
      var w = box.width / scale, h = box.height / scale;
      return { x: natural.x - (w - natural.w) / 2, y: natural.y - (h - natural.h) / 2, w: w, h: h };
    }

    function fit() {
      touched = true;
      show(whole());
    }

    function reset() {
      var width = frame.clientWidth;
      if (!width) return;
      var scale = clamp(width / natural.w, READABLE, 1);
      var full = document.fullscreenElement === stage;
      svg.style.height = full ? "" : Math.ceil(natural.h * scale) + "px";
      var all = whole();
      start = width / natural.w < READABLE && !full
        ? { x: natural.x, y: natural.y, w: width / scale, h: natural.h } : all;
      if (!touched) show({ x: start.x, y: start.y, w: start.w, h: start.h });
    }

    /* `factor` above 1 comes nearer; the point (in pixels of the window) stays where it is. */
    function zoom(factor, clientX, clientY) {
      var box = svg.getBoundingClientRect();
      var w = clamp(view.w / factor, box.width / 4, Math.max(whole().w, start.w) * 1.5);
      var ratio = w / view.w;
      var px = clientX === undefined ? 0.5 : (clientX - box.left) / box.width;
      var py = clientY === undefined ? 0.5 : (clientY - box.top) / box.height;
      touched = true;
      show({ x: view.x + view.w * px * (1 - ratio), y: view.y + view.h * py * (1 - ratio),
             w: w, h: view.h * ratio });
    }

    function pan(dx, dy) {
      touched = true;
      show({ x: view.x + dx, y: view.y + dy, w: view.w, h: view.h });
    }

    function centre(node) {
      var box = node.getBBox();
      var shift = node.parentNode.transform.baseVal.consolidate();
      var x = box.x + box.width / 2 + (shift ? shift.matrix.e : 0);
      var y = box.y + box.height / 2 + (shift ? shift.matrix.f : 0);
      var inside = x > view.x && x < view.x + view.w && y > view.y && y < view.y + view.h;
      if (!inside) pan(x - view.x - view.w / 2, y - view.y - view.h / 2);
    }

    function tools() {
      var bar = element("div", { "class": "gp-tools", role: "toolbar", "aria-label": "Diagram" });
      [["M3,8H13M8,3V13", "Zoom in (+)", function () { zoom(1.3); }],
       ["M3,8H13", "Zoom out (−)", function () { zoom(1 / 1.3); }],
       ["M2,6V2H6M10,2H14V6M14,10V14H10M6,14H2V10", "Show the whole diagram (0)", fit],
       ["M9,2H14V7M14,2L9,7M7,14H2V9M2,14L7,9", "Full screen", stage.requestFullscreen && function () {
         if (document.fullscreenElement) document.exitFullscreen(); else stage.requestFullscreen();
       }]].forEach(function (tool) {
        if (!tool[2]) return;
        var button = element("button", { type: "button", "aria-label": tool[1], title: tool[1] });
        button.innerHTML = '<svg viewBox="0 0 16 16" aria-hidden="true"><path d="' + tool[0] + '"/></svg>';
        button.addEventListener("click", tool[2]);
        bar.appendChild(button);
      });
      frame.after(bar);
    }

    function onKey(event) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      var step = view.w / 10;
      var action = {
        "+": function () { zoom(1.3); }, "=": function () { zoom(1.3); },
        "-": function () { zoom(1 / 1.3); }, "0": fit,
        ArrowLeft: function () { pan(-step, 0); }, ArrowRight: function () { pan(step, 0); },
        ArrowUp: function () { pan(0, -step); }, ArrowDown: function () { pan(0, step); }
      }[event.key];
      if (!action) return;
      event.preventDefault();
      event.stopPropagation(); // or the theme takes it for a shortcut of its own
      action();
    }

    function onWheel(event) {
      if (!event.ctrlKey && !event.metaKey && document.activeElement !== frame) return;
      event.preventDefault();
      zoom(Math.exp(-clamp(event.deltaY, -100, 100) / 250), event.clientX, event.clientY);
    }

    function spread() {
      var at = Array.from(pointers.values());
      return Math.hypot(at[0].x - at[1].x, at[0].y - at[1].y);
    }

    function onDown(event) {
      if (event.button) return;
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      moved = 0;
      if (pointers.size === 2) pinch = spread();
    }

    function onMove(event) {
      var last = pointers.get(event.pointerId);
      if (!last) return;
      var dx = event.clientX - last.x, dy = event.clientY - last.y;
      if (pointers.size === 1 && !moved && Math.hypot(dx, dy) < 5) return; // still a click
      pointers.set(event.pointerId, { x: event.clientX, y: event.clientY });
      if (!moved) svg.setPointerCapture(event.pointerId);
      moved = 1;
      frame.classList.add("gp-frame--drag");
      if (pointers.size === 2) {
        var now = spread(), at = Array.from(pointers.values());
        if (pinch) zoom(now / pinch, (at[0].x + at[1].x) / 2, (at[0].y + at[1].y) / 2);
        pinch = now;
      } else {
        var scale = view.w / svg.getBoundingClientRect().width;
        pan(-dx * scale, -dy * scale);
      }
    }

    function onUp(event) {
      pointers.delete(event.pointerId);
      pinch = 0;
      if (!pointers.size) frame.classList.remove("gp-frame--drag");
    }

    /* A node under the pointer: it, its edges and its neighbours stay, the rest steps back. */
    function trace(event) {
      var node = event.target.closest && event.target.closest(".gp-node");
      var lit = node ? [node] : [];
      if (node) svg.querySelectorAll("[data-gp-ends]").forEach(function (edge) {
        var ends = edge.getAttribute("data-gp-ends").split(" ");
        if (ends.indexOf(node.id) < 0) return;
        lit.push(edge);
        ends.forEach(function (id) { lit.push(document.getElementById(id)); });
      });
      svg.classList.toggle("gp-tracing", lit.length > 1);
      svg.querySelectorAll(".gp-on").forEach(function (mark) { mark.classList.remove("gp-on"); });
      lit.forEach(function (mark) { if (mark) mark.classList.add("gp-on"); });
    }

    frame.classList.add("gp-frame--live");
    frame.tabIndex = 0;
    frame.setAttribute("role", "group");
    frame.setAttribute("aria-label", svg.querySelector("title").textContent +
      ". Diagram: plus and minus zoom, zero shows all, arrow keys move.");
    frame.addEventListener("keydown", onKey);
    frame.addEventListener("wheel", onWheel, { passive: false });
    svg.addEventListener("pointerdown", onDown);
    svg.addEventListener("pointermove", onMove);
    ["pointerup", "pointercancel"].forEach(function (name) { svg.addEventListener(name, onUp); });
    svg.addEventListener("pointerover", trace);
    svg.addEventListener("pointerleave", trace);
    svg.addEventListener("dragstart", function (event) { event.preventDefault(); });
    svg.addEventListener("click", function (event) { // the end of a drag is no click on a link
      if (moved) { event.preventDefault(); event.stopPropagation(); }
      moved = 0;
    }, true);
    tools();
    keys(stage, svg);
    places(stage, svg);
    reset();
    if (window.ResizeObserver) new ResizeObserver(reset).observe(frame);
    return { svg: svg, centre: centre, restore: function () { show(view); }, print: function () {
      svg.setAttribute("viewBox", size.join(" "));
    } };
  }

  /* A key of the legend hides what it stands for, and shows it again. */
  function keys(stage, svg) {
    stage.querySelectorAll(".gp-legend > [data-gp-kind]").forEach(function (key) {
      var kind = key.getAttribute("data-gp-kind");
      var button = element("button", { type: "button", "aria-pressed": "true",
        title: "Hide or show" });
      while (key.firstChild) button.appendChild(key.firstChild);
      key.appendChild(button);
      button.addEventListener("click", function () {
        var off = button.getAttribute("aria-pressed") === "true";
        button.setAttribute("aria-pressed", off ? "false" : "true");
        svg.querySelectorAll("." + kind).forEach(function (mark) {
          mark.classList.toggle("gp-off", off);
        });
        loosen(svg);
      });
    });
  }

  /* An edge of which an end is hidden is hidden too. */
  function loosen(svg) {
    var gone = {};
    svg.querySelectorAll(".gp-node:is(.gp-off, .gp-out)").forEach(function (node) {
      gone[node.id] = true;
    });
    svg.querySelectorAll("[data-gp-ends]").forEach(function (edge) {
      var ends = edge.getAttribute("data-gp-ends").split(" ");
      edge.classList.toggle("gp-loose", ends.some(function (id) { return gone[id]; }));
    });
  }

  /* The environments an address asks for; null where it asks for none. */
  function chosen() {
    var asked = /[?&]gp-environments=([^&]*)/.exec(location.search);
    try { return asked && asked[1].split(",").map(decodeURIComponent); } catch (error) { return null; }
  }

  /* An environment of the legend hides what is in no other that shows, and shows it again; the
     address keeps what is left. The last one that would go brings all of them back. */
  function places(stage, svg) {
    var keys = Array.from(stage.querySelectorAll(".gp-places > [data-gp-in]"));
    var names = keys.map(function (key) { return key.textContent; });
    if (keys.length < 2) return;
    var buttons = keys.map(function (key, n) {
      var button = element("button", { type: "button", title: "Hide or show" });
      while (key.firstChild) button.appendChild(key.firstChild);
      key.appendChild(button);
      button.addEventListener("click", function () {
        var on = names.filter(function (name, at) {
          return (buttons[at].getAttribute("aria-pressed") === "true") !== (at === n);
        });
        var all = !on.length || on.length === names.length;
        var rest = location.search.replace(/^\?/, "").split("&").filter(function (part) {
          return part && part.indexOf("gp-environments=") !== 0;
        });
        if (!all) rest.push("gp-environments=" + on.map(encodeURIComponent).join(","));
        history.replaceState(null, "", location.pathname +
          (rest.length ? "?" + rest.join("&") : "") + location.hash);
        window.dispatchEvent(new Event("gp-environments"));
      });
      return button;
    });

    function show() {
      if (!svg.isConnected) return window.removeEventListener("gp-environments", show);
      var asked = chosen(), known = asked && names.some(function (name) {
        return asked.indexOf(name) >= 0;
      });
      var on = names.map(function (name) { return !known || asked.indexOf(name) >= 0; });
      buttons.forEach(function (button, n) { button.setAttribute("aria-pressed", String(on[n])); });
      svg.querySelectorAll(".gp-node[data-gp-in]").forEach(function (node) {
        node.classList.toggle("gp-out", !node.getAttribute("data-gp-in").split(" ")
          .some(function (n) { return on[n]; }));
      });
      loosen(svg);
    }

    window.addEventListener("gp-environments", show);
    show();
  }

  /* A table of many rows: what is typed above it leaves the rows that hold it; a heading sorts.
     Rows that begin with an empty cell belong to the one above; a row of one cell heads a group. */
  function Table(box) {
    var table = box.querySelector("table"), body = table && table.tBodies[0];
    if (!body || !table.tHead || body.rows.length < 6) return;
    box.classList.add("gp-matrix--live");
    var groups = [], last = null;
    Array.from(body.rows).forEach(function (row) {
      var head = row.cells.length === 1 && row.cells[0].colSpan > 1;
      if (head || !groups.length) groups.push(last = { head: head ? row : null, items: [] });
      if (head) return;
      if (last.items.length && !row.cells[0].textContent.trim()) {
        last.items[last.items.length - 1].push(row);
      } else last.items.push([row]);
    });
    var total = groups.reduce(function (sum, group) { return sum + group.items.length; }, 0);

    var label = element("label", { "class": "gp-filter" });
    var input = element("input", { type: "search", placeholder: "Filter these rows",
      "aria-label": "Filter the rows of this table" });
    var count = element("span", { role: "status" });
    label.appendChild(input);
    label.appendChild(count);
    box.before(label);

    function filter() {
      var words = input.value.toLowerCase().split(/\s+/).filter(Boolean), shown = 0;
      groups.forEach(function (group) {
        var any = false, above = group.head ? group.head.textContent : "";
        group.items.forEach(function (rows) {
          var text = (above + " " + rows.map(function (row) { return row.textContent; }).join(" "))
            .toLowerCase();
          var fits = words.every(function (word) { return text.indexOf(word) >= 0; });
          rows.forEach(function (row) { row.hidden = !fits; });
          any = any || fits;
          shown += fits;
        });
        if (group.head) group.head.hidden = !any;
      });
      count.textContent = words.length ? shown + " of " + total : "";
    }

    function text(rows, column) {
      var cell = rows[0].cells[column];
      return cell ? cell.textContent.trim().replace(/^[–-]$/, "") : "";
    }

    function sort(column, up) {
      groups.forEach(function (group) {
        var sorted = group.items.slice();
        if (up !== null) sorted.sort(function (one, other) {
          var a = text(one, column), b = text(other, column);
          if (!a || !b) return a ? -1 : b ? 1 : 0; // what is empty comes last
          return (up ? 1 : -1) * a.localeCompare(b, undefined, { numeric: true, sensitivity: "base" });
        });
        if (group.head) body.appendChild(group.head);
        sorted.forEach(function (rows) { rows.forEach(function (row) { body.appendChild(row); }); });
      });
    }

    Array.from(table.tHead.rows[0].cells).forEach(function (cell, column, cells) {
      var name = cell.textContent.trim();
      var button = element("button", { type: "button", "class": "gp-sort",
        "aria-label": "Sort by " + (name || "name") });
      cell.appendChild(button);
      button.addEventListener("click", function () {
        var now = cell.getAttribute("aria-sort");
        var next = now === "ascending" ? "descending" : now === "descending" ? null : "ascending";
        cells.forEach(function (other) { other.removeAttribute("aria-sort"); });
        if (next) cell.setAttribute("aria-sort", next);
        sort(column, next && next === "ascending");
      });
    });
    input.addEventListener("input", filter);
  }

  /* Environments side by side: two that are chosen leave their columns, and the rows in which they
     differ. `#gp-compare=staging,production` chooses them. */
  function Compare(box) {
    box.classList.add("gp-compare--live");
    var tables = Array.from(box.querySelectorAll("table"));
    var names = Array.from(tables[0].tHead.rows[0].cells).slice(1).map(function (cell) {
      return cell.textContent.trim();
    });
    if (names.length < 3) return;
    var bar = element("div", { "class": "gp-filter" });
    var choices = ["Compare", "with"].map(function (word) {
      var label = element("label", {}), select = element("select", { "aria-label": word });
      label.textContent = word + " ";
      [["", "all"]].concat(names.map(function (name, n) { return [n, name]; }))
        .forEach(function (choice) {
          var option = element("option", { value: choice[0] });
          option.textContent = choice[1];
          select.appendChild(option);
        });
      label.appendChild(select);
      bar.appendChild(label);
      select.addEventListener("change", function () { choose(true); });
      return select;
    });
    var count = element("span", { role: "status" });
    bar.appendChild(count);
    box.before(bar);

    function choose(told) {
      var two = choices.map(function (select) { return select.value; });
      var both = two[0] !== "" && two[1] !== "" && two[0] !== two[1], shown = 0;
      two = two.map(Number);
      tables.forEach(function (table) {
        var any = false;
        Array.from(table.rows).forEach(function (row) {
          Array.from(row.cells).forEach(function (cell, n) {
            cell.hidden = both && n > 0 && two.indexOf(n - 1) < 0;
          });
          if (row.parentNode === table.tHead) return;
          var values = two.map(function (n) { return both && row.cells[n + 1].dataset.v; });
          row.hidden = both && (values[0] === values[1] || !values[0] || !values[1]);
          any = any || !row.hidden;
          shown += !row.hidden;
        });
        table.closest("section").hidden = !any;
      });
      count.textContent = both ? shown + (shown === 1 ? " field differs" : " fields differ") : "";
      if (told) history.replaceState(null, "", both ? "#gp-compare=" + two.map(function (n) {
        return encodeURIComponent(names[n]);
      }).join(",") : location.pathname + location.search);
    }

    var asked = /^#gp-compare=(.+)$/.exec(location.hash);
    try { asked = asked && decodeURIComponent(asked[1]).split(","); } catch (error) { asked = null; }
    if (asked) choices.forEach(function (select, n) {
      var at = names.indexOf(asked[n]);
      select.value = at < 0 ? "" : at;
    });
    choose(false);
  }

  function wanted() {
    var match = /^#gp-node=(.+)$/.exec(location.hash);
    try { return match && decodeURIComponent(match[1]); } catch (error) { return null; }
  }

  function find() {
    var id = wanted(), first = true;
    document.querySelectorAll(".gp-node--target").forEach(function (node) {
      node.classList.remove("gp-node--target");
    });
    if (id) frames.forEach(function (frame) {
      frame.svg.querySelectorAll("[data-gp-node]").forEach(function (node) {
        if (node.getAttribute("data-gp-node") !== id) return;
        node.classList.add("gp-node--target");
        frame.centre(node);
        if (first) node.scrollIntoView({ block: "center", behavior: still.matches ? "auto" : "smooth" });
        first = false;
      });
    });
  }

  /* What scrolls sideways can be reached, and then be scrolled by keys. */
  function reach() {
    document.querySelectorAll(".gp-matrix, .gp-matrix .md-typeset__scrollwrap, .gp-tree")
      .forEach(function (box) {
        if (box.scrollWidth > box.clientWidth) box.tabIndex = 0;
        else box.removeAttribute("tabindex");
      });
  }

  function init() {
    frames = frames.filter(function (frame) { return frame.svg.isConnected; });
    document.querySelectorAll(".gp-frame:not(.gp-frame--live)").forEach(function (frame) {
      var svg = frame.querySelector("svg.gp-diagram[viewBox]");
      if (svg) frames.push(Frame(frame, svg));
    });
    document.querySelectorAll(".gp-matrix--rows:not(.gp-matrix--live)").forEach(Table);
    document.querySelectorAll(".gp-compare:not(.gp-compare--live)").forEach(Compare);
    reach();
    find();
  }

  window.addEventListener("hashchange", find);
  window.addEventListener("resize", reach);
  window.addEventListener("beforeprint", function () {
    frames.forEach(function (frame) { frame.print(); });
  });
  window.addEventListener("afterprint", function () {
    frames.forEach(function (frame) { frame.restore(); });
  });
  if (window.document$ && window.document$.subscribe) window.document$.subscribe(init);
  else if (document.readyState === "loading") document.addEventListener("DOMContentLoaded", init);
  else init();
})();
