// The page of `graph --format=html`: its own style and script, with the graph in its middle.

/// `@GRAPH@` stands for the graph as JSON: `nodes` as [address, type, folder], `edges` as [from, to].
let graphPage = #"""
  <!DOCTYPE html>
  <html lang="en">
  <head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>Targets</title>
  <style>
  :root { --ink: #1c2330; --dim: #6b7385; --paper: #fbfbfd; --panel: #f0f1f5; --line: #c3c8d4; --folder: #e3e8f6; --need: #1666c5; --user: #c2570c; }
  @media (prefers-color-scheme: dark) {
    :root { --ink: #e4e7ee; --dim: #949cae; --paper: #14171d; --panel: #1d212a; --line: #454c5b; --folder: #27304a; --need: #6fb1ff; --user: #ffa764; }
  }
  * { box-sizing: border-box; }
  body { margin: 0; height: 100vh; display: flex; font: 13px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); }
  aside { width: 21rem; flex: none; background: var(--panel); padding: .8rem; overflow: auto; overflow-wrap: anywhere; }
  main { flex: 1; position: relative; overflow: hidden; }
  svg { width: 100%; height: 100%; cursor: grab; display: block; }
  h1 { font-size: 1rem; margin: 0 0 .5rem; } h2 { font-size: .8rem; color: var(--dim); margin: 1rem 0 .2rem; }
  input[type=search] { width: 100%; padding: .35rem; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 4px; }
  button { font: inherit; color: inherit; background: var(--paper); border: 1px solid var(--line); border-radius: 4px; cursor: pointer; }
  ul { list-style: none; margin: 0; padding: 0; } li { cursor: pointer; padding: .05rem .2rem; border-radius: 3px; }
  li:hover, li:focus { background: var(--folder); } .dim { color: var(--dim); } label { display: block; margin-top: .5rem; }
  rect { fill: var(--paper); stroke: var(--line); } g.folder rect { fill: var(--folder); } g.node { cursor: pointer; }
  text { fill: var(--ink); font: 12px system-ui, sans-serif; } path { fill: none; stroke: var(--line); }
  .faint { opacity: .18; } g.chosen rect { stroke: var(--ink); stroke-width: 2.5; }
  g.need rect, path.need { stroke: var(--need); } g.user rect, path.user { stroke: var(--user); }
  </style>
  </head>
  <body>
  <aside>
    <h1 id="title"></h1>
    <div class="dim" id="counts"></div>
    <input type="search" id="search" placeholder="Find a target" aria-label="Find a target">
    <ul id="found"></ul>
    <label><input type="checkbox" id="around"> only what touches the chosen one</label>
    <p><button id="open">Open all folders</button> <button id="close">Close all</button></p>
    <div id="chosen"></div>
    <h2>Open folders</h2>
    <ul id="folders"></ul>
    <p class="dim">Click a folder to open it, a target to choose it. Drag to move, turn the wheel to zoom. An arrow leads to what is needed.</p>
  </aside>
  <main><svg id="drawing" role="img" aria-label="The graph"><defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6"
    markerHeight="6" orient="auto"><path d="M0 0L8 4L0 8z" style="fill:var(--line);stroke:none"/></marker></defs><g id="scene"></g></svg></main>
  <script type="application/json" id="graph">@GRAPH@</script>
  <script>
  "use strict";
  const graph = JSON.parse(document.getElementById("graph").textContent);
  const nodes = graph.nodes.map(([name, type, folder]) => ({ name, type, folder }));
  const needs = nodes.map(() => []), users = nodes.map(() => []);
  for (const [from, to] of graph.edges) { needs[from].push(to); users[to].push(from); }

  // Every folder with how many targets lie in it and below; "" is the root.
  const folders = new Map();
  for (const node of nodes) {
    const parts = node.folder === "" ? [] : node.folder.split("/");
    node.chain = [""].concat(parts.map((_, index) => parts.slice(0, index + 1).join("/")));
    for (const folder of node.chain) folders.set(folder, (folders.get(folder) || 0) + 1);
  }
  const opened = new Set([""]);
  const most = 60;

  /** What stands for a target now: the outermost closed folder around it, or itself. */
  function shown(index) {
    for (const folder of nodes[index].chain) if (!opened.has(folder)) return "f" + folder;
    return "t" + index;
  }
  function visible() { return new Set(nodes.map((_, index) => shown(index))); }
  /** Opens folders from the top as long as what is to be seen fits. */
  function openSome() {
    for (const folder of [...folders.keys()].sort((a, b) => a.split("/").length - b.split("/").length)) {
      if (opened.has(folder)) continue;
      opened.add(folder);
      if (visible().size > most) { opened.delete(folder); break; }
    }
  }

  /** Layers by longest way, circles taken as one: a number for each of `count` ids. */
  function layers(count, below) {
    const index = new Array(count).fill(-1), low = new Array(count).fill(0), group = new Array(count).fill(-1);
    const open = []; let counter = 0, groups = 0;
    for (let root = 0; root < count; root++) {
      if (index[root] >= 0) continue;
      const path = [[root, 0]];
      while (path.length) {
        const top = path[path.length - 1], node = top[0];
        if (top[1] === 0) { index[node] = low[node] = counter++; open.push(node); }
        if (top[1] < below[node].length) {
          const next = below[node][top[1]++];
          if (index[next] < 0) path.push([next, 0]);
          else if (group[next] < 0) low[node] = Math.min(low[node], index[next]);
          continue;
        }
        path.pop();
        if (low[node] === index[node]) { for (let other; (other = open.pop()) !== undefined; ) { group[other] = groups; if (other === node) break; } groups++; }
        if (path.length) { const parent = path[path.length - 1][0]; low[parent] = Math.min(low[parent], low[node]); }
      }
    }
    // Groups are numbered needs first: users get their layer from what they need.
    const height = new Array(groups).fill(0), order = [...Array(count).keys()].sort((a, b) => group[a] - group[b]);
    for (const node of order) for (const next of below[node]) if (group[next] !== group[node]) height[group[node]] = Math.max(height[group[node]], height[group[next]] + 1);
    const tallest = Math.max(0, ...height);
    return group.map((number) => tallest - height[number]);
  }

  let chosen = -1, view = { x: 0, y: 0, scale: 1 }, fitted = false;
  const scene = document.getElementById("scene"), drawing = document.getElementById("drawing");
  const svg = (name, attributes) => { const made = document.createElementNS("http://www.w3.org/2000/svg", name); for (const key in attributes) made.setAttribute(key, attributes[key]); return made; };

  function draw() {
    const onlyAround = document.getElementById("around").checked && chosen >= 0;
    const near = chosen >= 0 ? new Set([chosen, ...needs[chosen], ...users[chosen]]) : new Set();
    const boxes = new Map(), place = new Array(nodes.length).fill(-1);
    nodes.forEach((node, index) => {
      if (onlyAround && !near.has(index)) return;
      const key = shown(index);
      if (!boxes.has(key)) boxes.set(key, { key, id: boxes.size, targets: 0, target: key[0] === "t" ? index : -1, folder: key.slice(1) });
      boxes.get(key).targets++; place[index] = boxes.get(key).id;
    });
    const list = [...boxes.values()], below = list.map(() => new Map());
    for (const [from, to] of graph.edges) {
      const a = place[from], b = place[to];
      if (a >= 0 && b >= 0 && a !== b) below[a].set(b, (below[a].get(b) || 0) + 1);
    }
    const steps = below.map((map) => [...map.keys()]), layer = layers(list.length, steps), rows = [];
    list.forEach((box, id) => { box.layer = layer[id]; (rows[box.layer] = rows[box.layer] || []).push(box); });
    const above = list.map(() => []); steps.forEach((nexts, id) => nexts.forEach((next) => above[next].push(id)));
    rows.forEach((row) => row.forEach((box, at) => { box.at = at; }));
    for (let sweep = 0; sweep < 6; sweep++) for (const row of sweep % 2 ? [...rows].reverse() : rows) {
      const around = sweep % 2 ? steps : above;
      for (const box of row) { const others = around[box.id]; box.want = others.length ? others.reduce((sum, id) => sum + list[id].at / rows[list[id].layer].length, 0) / others.length : box.at / row.length; }
      row.sort((a, b) => a.want - b.want || a.id - b.id); row.forEach((box, at) => { box.at = at; });
    }
    const perColumn = 40; let left = 0;
    for (const row of rows) {
      for (let start = 0; start < row.length; start += perColumn) {
        const part = row.slice(start, start + perColumn); let width = 0;
        part.forEach((box, at) => {
          box.label = box.target >= 0 ? nodes[box.target].name.replace(/^.*\/(?=[^/]*$)/, "") : (box.folder || "//") + "  " + box.targets;
          box.width = box.label.length * 6.7 + 18; box.x = left; box.y = (at - part.length / 2) * 34; width = Math.max(width, box.width);
        });
        left += width + 70;
      }
    }
    const nearBoxes = (ids) => new Set(ids.map((id) => place[id]).filter((id) => id >= 0));
    const need = chosen >= 0 ? nearBoxes(needs[chosen]) : new Set(), user = chosen >= 0 ? nearBoxes(users[chosen]) : new Set(), own = chosen >= 0 ? place[chosen] : -1;
    scene.replaceChildren();
    steps.forEach((nexts, from) => nexts.forEach((to) => {
      const a = list[from], b = list[to], x1 = a.x + a.width, y1 = a.y + 12, x2 = b.x, y2 = b.y + 12, bend = Math.max(30, Math.abs(x2 - x1) / 2);
      const path = svg("path", { d: `M${x1} ${y1}C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`, "marker-end": "url(#tip)", "stroke-width": Math.min(5, 1 + Math.log2(below[from].get(to))) });
      if (own >= 0) path.setAttribute("class", from === own ? "need" : to === own ? "user" : "faint");
      scene.append(path);
    }));
    for (const box of list) {
      const kind = box.id === own ? "chosen" : need.has(box.id) ? "need" : user.has(box.id) ? "user" : own >= 0 ? "faint" : "";
      const group = svg("g", { class: `node ${box.target < 0 ? "folder" : ""} ${kind}`, transform: `translate(${box.x} ${box.y})` });
      group.append(svg("rect", { width: box.width, height: 24, rx: 5 }));
      const text = svg("text", { x: 9, y: 16 }); text.textContent = box.label;
      const title = svg("title", {}); title.textContent = box.target >= 0 ? `${nodes[box.target].name}\n${nodes[box.target].type}` : `${box.folder || "//"}: ${box.targets} targets`;
      group.append(text, title);
      group.addEventListener("click", () => { if (moved) return; if (box.target >= 0) choose(box.target === chosen ? -1 : box.target); else { opened.add(box.folder); draw(); } });
      scene.append(group);
    }
    if (!fitted && list.length) { fit(list); fitted = true; }
    lists();
  }

  function fit(list) {
    const width = Math.max(...list.map((box) => box.x + box.width)), top = Math.min(...list.map((box) => box.y)), height = Math.max(...list.map((box) => box.y + 24)) - top;
    const frame = drawing.getBoundingClientRect();
    view.scale = Math.min(1.2, Math.max(.15, Math.min((frame.width - 40) / width, (frame.height - 40) / height)));
    view.x = 20; view.y = frame.height / 2 - (top + height / 2) * view.scale; move();
  }
  function move() { scene.setAttribute("transform", `translate(${view.x} ${view.y}) scale(${view.scale})`); }

  function item(text, act) {
    const made = document.createElement("li"); made.textContent = text; made.tabIndex = 0;
    made.addEventListener("click", act); made.addEventListener("keydown", (event) => { if (event.key === "Enter") act(); });
    return made;
  }
  function choose(index) { chosen = index; if (index >= 0) nodes[index].chain.forEach((folder) => opened.add(folder)); draw(); }
  function lists() {
    const panel = document.getElementById("chosen"); panel.replaceChildren();
    if (chosen >= 0) {
      const heading = (text) => { const made = document.createElement("h2"); made.textContent = text; panel.append(made); };
      const add = (ids) => { const list = document.createElement("ul"); ids.forEach((id) => list.append(item(nodes[id].name, () => choose(id)))); panel.append(list); };
      heading("Chosen"); const name = document.createElement("div"); name.textContent = `${nodes[chosen].name} (${nodes[chosen].type})`; panel.append(name);
      heading(`Needs ${needs[chosen].length}`); add(needs[chosen]);
      heading(`Needed by ${users[chosen].length}`); add(users[chosen]);
    }
    const open = document.getElementById("folders"); open.replaceChildren();
    for (const folder of [...opened].filter((folder) => folder !== "" && folders.has(folder)).sort()) open.append(item("× " + folder, () => { opened.delete(folder); draw(); }));
  }

  document.getElementById("title").textContent = document.title = graph.title;
  document.getElementById("counts").textContent = `${nodes.length} targets, ${graph.edges.length} edges`;
  document.getElementById("search").addEventListener("input", (event) => {
    const wanted = event.target.value.toLowerCase(), found = document.getElementById("found"); found.replaceChildren();
    if (!wanted) return;
    let count = 0;
    for (let index = 0; index < nodes.length && count < 30; index++) if (nodes[index].name.toLowerCase().includes(wanted)) { count++; found.append(item(nodes[index].name, () => choose(index))); }
  });
  document.getElementById("around").addEventListener("change", draw);
  document.getElementById("open").addEventListener("click", () => { for (const folder of folders.keys()) opened.add(folder); fitted = false; draw(); });
  document.getElementById("close").addEventListener("click", () => { opened.clear(); opened.add(""); fitted = false; draw(); });
  let held = null, moved = false;
  drawing.addEventListener("pointerdown", (event) => { held = { x: event.clientX - view.x, y: event.clientY - view.y }; moved = false; });
  window.addEventListener("pointermove", (event) => {
    if (!held) return;
    const x = event.clientX - held.x, y = event.clientY - held.y;
    if (Math.abs(x - view.x) + Math.abs(y - view.y) > 3) moved = true;
    if (moved) { view.x = x; view.y = y; move(); }
  });
  window.addEventListener("pointerup", () => { held = null; });
  drawing.addEventListener("wheel", (event) => {
    event.preventDefault();
    const frame = drawing.getBoundingClientRect(), x = event.clientX - frame.left, y = event.clientY - frame.top, factor = Math.exp(-event.deltaY / 500);
    const scale = Math.min(4, Math.max(.05, view.scale * factor));
    view.x = x - (x - view.x) * scale / view.scale; view.y = y - (y - view.y) * scale / view.scale; view.scale = scale; move();
  }, { passive: false });
  if (!graph.collapsed) openSome();
  draw();
  </script>
  </body>
  </html>

  """#
