// The pictures for one computer: what is downloaded, and why each package is there.
const made = (name, attributes, text = "") => {
  const svg = ["svg", "rect", "text", "title", "g", "path"].includes(name);
  const one = svg ? document.createElementNS("http://www.w3.org/2000/svg", name) : document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) one.setAttribute(key, value);
  one.textContent = text;
  return one;
};
const inWords = (bytes) => {
  const power = Math.min(Math.max(Math.floor(Math.log10(Math.max(bytes, 1000)) / 3), 1), 4);
  const size = bytes / 1000 ** power;
  return `${size.toFixed(size < 10 ? 1 : 0)} ${["kB", "MB", "GB", "TB"][power - 1]}`;
};
const total = (packages) => {
  const unknown = packages.filter((one) => one.size === null).length;
  const size = inWords(packages.reduce((sum, one) => sum + (one.size ?? 0), 0));
  return unknown === packages.length ? "?" : unknown ? `at least ${size}` : size;
};
const counted = (packages) => `${packages.length} ${packages.length === 1 ? "package" : "packages"}`;
const named = (one) => `${one.name}${one.version && ` ${one.version}`}: ${inWords(one.size)}`;

// What is installed: each package with what it needs and what needs it, and the requirements that ask for it.
const installed = (data, installer, target) => {
  const [steps, set] = data.targets[installer]?.[target] ?? [[], null];
  const known = new Map();
  let number = 0;
  const packages = steps.map((step) => {
    const [name, version, size, needs] = data.packages[(number += step)];
    const one = { name: data.names[name], version, size, needs, neededBy: [], asked: [] };
    known.set(name, one);
    return one;
  });
  for (const one of packages) {
    one.needs = one.needs.map((name) => known.get(name)).filter(Boolean);
    for (const other of one.needs) other.neededBy.push(one);
  }
  for (const [name, text] of data.roots[set] ?? []) known.get(name)?.asked.push(text);
  return packages;
};
const reached = (starts, without = null) => {
  const seen = new Set(starts.filter((one) => one !== without)), left = [...seen];
  for (const one of left) {
    for (const other of one.needs) {
      if (other !== without && !seen.has(other)) {
        seen.add(other);
        left.push(other);
      }
    }
  }
  return seen;
};
// A shortest way from each requirement to a package, the nearest requirements first (breadth-first search).
const ways = (one) => {
  const next = new Map([[one, null]]), left = [one];
  for (const node of left) {
    for (const other of node.neededBy) {
      if (!next.has(other)) {
        next.set(other, node);
        left.push(other);
      }
    }
  }
  return left.filter((node) => node.asked.length).map((node) => {
    const way = [];
    for (let place = node; place; place = next.get(place)) way.push(place);
    return way;
  });
};
const inArrows = (way) => way.map((one) => one.name).join(" → ");
const by = (one) => {
  const [way] = ways(one);
  return way?.length > 1 ? `, by ${inArrows(way.slice(0, -1))}` : "";
};

// A treemap (Bruls, Huizing and van Wijk, Squarified Treemaps, 2000).
const squares = (items, width, height) => {
  const scale = (width * height) / items.reduce((sum, one) => sum + one.size, 0);
  const rest = [...items], placed = [];
  let x = 0, y = 0;
  while (rest.length) {
    const wide = width >= height, short = wide ? height : width, row = [];
    let area = 0, worst = Infinity;
    while (rest.length) {
      const next = rest[0].size * scale, sum = area + next, first = (row[0]?.size ?? rest[0].size) * scale;
      const ratio = Math.max((short * short * first) / (sum * sum), (sum * sum) / (short * short * next));
      if (row.length && ratio > worst) break;
      row.push(rest.shift());
      [area, worst] = [sum, ratio];
    }
    const depth = area / short;
    let offset = 0;
    for (const one of row) {
      const length = (one.size * scale) / depth;
      placed.push(wide ? [one, x, y + offset, depth, length] : [one, x + offset, y, length, depth]);
      offset += length;
    }
    if (wide) [x, width] = [x + depth, width - depth];
    else [y, height] = [y + depth, height - depth];
  }
  return placed;
};
const treemap = (packages, head, width, choose) => {
  const sized = packages.filter((one) => one.size).sort((one, other) => other.size - one.size);
  const [largest, others] = [sized.slice(0, 40), sized.slice(40)];
  const rest = others.reduce((sum, one) => sum + one.size, 0);
  if (rest) largest.push({ name: `${others.length} others`, version: "", size: rest });
  largest.sort((one, other) => other.size - one.size);
  const height = Math.round(width * (width < 500 ? 0.9 : 0.55));
  const frame = { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${head}, by size` };
  const map = made("svg", { ...frame, class: "map" });
  for (const [one, x, y, w, h] of squares(largest, width, height)) {
    const group = made("g", one.needs ? { class: "choice", "data-package": one.name } : {});
    group.append(made("title", {}, one.needs ? named(one) + by(one) : named(one)));
    group.append(made("rect", { x, y, width: Math.max(w - 2, 0), height: Math.max(h - 2, 0), rx: 3 }));
    const room = Math.floor((w - 10) / 7.5);
    if (h > 20 && room >= Math.min(one.name.length, 8)) {
      group.append(made("text", { x: x + 5, y: y + 15 }, one.name.slice(0, room)));
      if (h > 38 && room > 6) group.append(made("text", { x: x + 5, y: y + 31 }, inWords(one.size)));
    }
    if (one.needs) group.addEventListener("click", () => choose(one));
    map.append(group);
  }
  return map;
};

// The ways from the requirements to one package: a tree, because each way is a shortest one. From left to right where
// there is room; otherwise a line for each package, further in with each step.
const MOST_WAYS = 12;
const KEY = "Bold in blue: the list asks for it. An arrow goes from a package to one that it needs.";
const boxWidth = (node, chosen) => (node.asked.length || node === chosen ? 8.4 : 7.6) * node.name.length + 18;
const tree = (one, found, width, choose) => {
  const next = new Map();
  for (const way of found.slice(0, MOST_WAYS)) way.forEach((node, place) => next.set(node, way[place + 1]));
  const before = (node) => [...next.keys()].filter((other) => next.get(other) === node);
  const columns = [], rows = [];
  let row = 0;
  const put = (node, column) => {
    rows.push({ node, column, y: 0 });
    const place = rows.at(-1), start = row;
    columns[column] = Math.max(columns[column] ?? 0, boxWidth(node, one));
    const places = before(node).map((other) => put(other, column + 1));
    if (!places.length) row += 1;
    place.y = places.length ? (places[0].y + places.at(-1).y) / 2 : start;
    return place;
  };
  put(one, 0);
  const gap = 28, high = 34, full = columns.reduce((sum, size) => sum + size + gap, -gap);
  const isWide = full <= width;
  const left = (column) => columns.slice(column + 1).reduce((sum, size) => sum + size + gap, 0);
  rows.forEach((place, index) => {
    const wanted = isWide ? columns[place.column] : boxWidth(place.node, one);
    [place.x, place.y] = isWide ? [left(place.column), place.y * high] : [place.column * 18, index * high];
    place.w = Math.min(wanted, width - place.x);
  });
  const height = (isWide ? row : rows.length) * high;
  const label = `The ways from the requirements to ${one.name}`;
  const svg = made("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": label, class: "tree" });
  const boxes = new Map(rows.map((place) => [place.node, place]));
  const onWay = new Map();
  for (const { node, x, y, w } of rows) {
    const to = boxes.get(next.get(node));
    onWay.set(node, []);
    if (to) {
      const [up, down] = [to.y + high / 2 - 4, y + high / 2 - 4], middle = to.x - gap / 2;
      const line = isWide
        ? `M${x + w} ${down}H${middle}V${up}H${to.x}m-6 -4l6 4l-6 4`
        : `M${x} ${down}H${to.x + 8}V${to.y + high - 8}m-4 6l4 -6l4 6`;
      onWay.get(node).push(made("path", { d: line }));
      svg.append(onWay.get(node)[0]);
    }
  }
  for (const { node, x, y, w } of rows) {
    const asked = node.asked.length ? `: the list asks for ${node.asked.join(", ")}` : "";
    const box = made("g", {
      class: `choice${asked ? " asked" : ""}${node === one ? " chosen" : ""}`, role: "button", tabindex: 0,
      "aria-label": `${node.name} ${node.version}${asked}`,
    });
    box.append(made("title", {}, `${node.name} ${node.version}${asked}`));
    box.append(made("rect", { x: x + 1, y: y + 1, width: Math.max(w - 2, 0), height: high - 10, rx: 4 }));
    box.append(made("text", { x: x + 8, y: y + 17 }, node.name.slice(0, Math.floor((w - 14) / 7.4))));
    onWay.get(node).push(box);
    const mark = (wanted) => {
      for (let place = node; place; place = next.get(place)) {
        for (const part of onWay.get(place)) part.classList.toggle("on", wanted);
      }
    };
    for (const event of ["mouseenter", "focus"]) box.addEventListener(event, () => mark(true));
    for (const event of ["mouseleave", "blur"]) box.addEventListener(event, () => mark(false));
    box.addEventListener("click", () => choose(node, true));
    box.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        choose(node, true);
      }
    });
    svg.append(box);
  }
  return svg;
};

// Why a package is there: in words, and as a picture.
const why = (one, packages) => {
  const found = ways(one), size = one.size ? ` (${inWords(one.size)})` : "";
  const lines = [`${found.length ? inArrows(found[0]) : one.name}${size}`];
  if (one.asked.length) lines[0] = `The list asks for ${one.asked.join(", ")} itself${size}.`;
  if (!found.length) lines.push("No requirement is known to bring it.");
  if (found.length > 1) {
    const names = found.map((way) => way[0].asked.join(", "));
    const more = names.length > MOST_WAYS ? ` and ${names.length - MOST_WAYS} more` : "";
    lines.push(`${names.length} requirements bring it: ${names.slice(0, MOST_WAYS).join(", ")}${more}.`);
  }
  const still = reached(packages.filter((other) => other.asked.length), one);
  const alone = [...reached([one])].filter((other) => !still.has(other));
  if (found.length && alone.length > 1) {
    lines.push(`${one.name} and what only it brings: ${counted(alone)}, ${total(alone)}.`);
  }
  return [lines, found];
};
const asking = (installer, packages, width, chosen) => {
  const field = made("div", { class: "fields" }), list = made("datalist", { id: `names-${installer}` });
  const label = made("label", {}, "Why is this here? "), answer = made("div", { role: "status" });
  const input = made("input", { type: "search", list: list.id, placeholder: "name of a package", autocomplete: "off" });
  const place = made("div", { class: "ways" });
  for (const { name } of packages) list.append(made("option", { value: name }));
  const show = (one, isFocused = false) => {
    const [lines, found] = why(one, packages);
    chosen(one, isFocused);
    answer.replaceChildren(...lines.map((line) => made("p", {}, line)));
    const hasWay = found.length > 1 || found[0]?.length > 1;
    place.replaceChildren(...(hasWay ? [tree(one, found, width, show), made("p", { class: "note" }, KEY)] : []));
    if (isFocused) input.value = one.name;
    if (isFocused) (place.querySelector(".chosen") ?? input).focus();
  };
  input.addEventListener("input", () => {
    const name = input.value.trim().toLowerCase(), one = packages.find((other) => other.name === name);
    chosen(one, true);
    if (one) return show(one);
    place.replaceChildren();
    const like = packages.filter((other) => other.name.includes(name)).map((other) => other.name);
    const more = like.length > 8 ? ` and ${like.length - 8} more` : "";
    const found = like.length ? `Names with this: ${like.slice(0, 8).join(", ")}${more}.` : `${installer} installs nothing of this name for this computer.`;
    answer.replaceChildren(...(name ? [made("p", {}, found)] : []));
  });
  label.append(input);
  field.append(label, list);
  return [[field, answer, place], show, (one) => { input.value = one.name; }];
};

// What each requirement brings, and what would not be installed without it.
const MOST_ROWS = 8;
const brings = (packages) => {
  const roots = packages.filter((one) => one.asked.length);
  const rows = roots.map((one) => {
    const still = reached(roots.filter((other) => other !== one));
    const brought = [...reached([one])];
    return { one, brought, alone: brought.filter((other) => !still.has(other)) };
  });
  const bytes = (some) => some.reduce((sum, other) => sum + (other.size ?? 0), 0);
  rows.sort((a, b) => bytes(b.brought) - bytes(a.brought) || b.brought.length - a.brought.length);
  if (!rows.length) return [];
  const table = made("table", { class: "brings" }), head = made("tr", {});
  const line = (some) => `${total(some)}, ${counted(some)}`;
  for (const text of ["Requirement", "Brings", "Only it brings"]) head.append(made("th", { scope: "col" }, text));
  table.append(made("caption", {}, "What each requirement brings"), made("thead", {}), made("tbody", {}));
  table.tHead.append(head);
  rows.forEach(({ one, brought, alone }, place) => {
    const row = made("tr", place < MOST_ROWS ? {} : { hidden: "" });
    row.append(made("th", { scope: "row" }, one.asked.join(", ")), made("td", {}, line(brought)));
    row.append(made("td", {}, alone.length ? line(alone) : "nothing"));
    table.tBodies[0].append(row);
  });
  if (rows.length <= MOST_ROWS) return [table];
  const more = made("button", { type: "button", class: "screen" }, `Show all ${rows.length}`);
  more.addEventListener("click", () => {
    for (const row of table.tBodies[0].rows) row.hidden = false;
    more.remove();
  });
  return [table, more];
};

const picture = (installer, packages, width, chosen) => {
  const sized = packages.filter((one) => one.size).sort((one, other) => other.size - one.size);
  if (!packages.length) return null;
  const card = made("div", { class: "card" });
  const head = sized.length ? `${installer} downloads ${total(packages)} in ${counted(packages)}` : `${installer} installs ${counted(packages)}`;
  card.append(made("h3", {}, head));
  const unknown = packages.filter((one) => one.size === null).length;
  if (unknown && sized.length) card.append(made("p", { class: "note" }, `The channel does not give the size of ${unknown} of them.`));
  const [parts, show, name] = asking(installer, packages, width, (one, isWanted) => {
    if (isWanted) chosen.set(installer, one?.name);
    for (const group of all(".map g", card)) group.classList.toggle("chosen", group.dataset.package === one?.name);
  });
  if (sized.length) {
    const list = made("ol", { class: "largest" }), details = made("details", {});
    for (const one of sized.slice(0, 8)) list.append(made("li", {}, named(one) + by(one)));
    details.append(made("summary", {}, "The largest as a list"), list);
    card.append(treemap(packages, head, width, (one) => show(one, true)), details);
  }
  if (packages.some((one) => one.needs.length)) {
    card.append(...brings(packages), ...parts);
    const wanted = packages.find((one) => one.name === chosen.get(installer));
    if (wanted) name(wanted); // for another computer before
    show(wanted ?? sized[0] ?? packages[0]);
  }
  return card;
};

const chosenPackages = new Map();
const drawPictures = (target) => {
  const place = find("#pictures"), data = JSON.parse(find("#packages")?.textContent ?? "null");
  if (!place?.clientWidth) return; // no list, or no room
  place.replaceChildren();
  const whole = place.clientWidth;
  const width = Math.floor(whole > 980 ? whole / 2 - 42 : whole - 36);
  for (const installer of ["pip", "conda"]) {
    const card = picture(installer, installed(data, installer, target), width, chosenPackages);
    if (card) place.append(card);
  }
  if (!place.children.length) place.append(made("p", {}, "It does not install there, so nothing is downloaded."));
};
