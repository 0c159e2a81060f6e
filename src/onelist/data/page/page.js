document.addEventListener("DOMContentLoaded", () => {
  const say = (text) => { find("#said").textContent = text; };

  // What is downloaded: a treemap (Bruls, Huizing and van Wijk, Squarified Treemaps, 2000), and the largest as a list.
  const made = (name, attributes, text = "") => {
    const svg = ["svg", "rect", "text", "title", "g"].includes(name);
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
  const named = (one) => `${one.name}${one.version && ` ${one.version}`}: ${inWords(one.size)}`;
  const way = (one) => {
    const names = [one.name];
    for (let by = one.by; by && names.length < 50; by = by.by) names.unshift(by.name);
    return names.join(" → ");
  };
  const asked = (installer, packages) => {
    const field = made("div", { class: "fields" }), list = made("datalist", { id: `names-${installer}` });
    const label = made("label", {}, "Why is this here? "), answer = made("p", { role: "status" });
    const input = made("input", { type: "search", list: list.id, placeholder: "name of a package", autocomplete: "off" });
    for (const { name } of packages) list.append(made("option", { value: name }));
    input.addEventListener("input", () => {
      const name = input.value.trim().toLowerCase(), one = packages.find((other) => other.name === name);
      const size = one?.size ? ` (${inWords(one.size)})` : "";
      if (!name) answer.textContent = "";
      else if (!one) answer.textContent = `${installer} installs nothing of this name for this computer.`;
      else answer.textContent = one.by ? `${way(one)}${size}` : `The list asks for ${one.name} itself${size}.`;
    });
    label.append(input);
    field.append(label, list);
    return [field, answer];
  };
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
  const picture = (installer, packages, width) => {
    const sized = packages.filter((one) => one.size).sort((one, other) => other.size - one.size);
    if (!sized.length) return null;
    const [largest, others] = [sized.slice(0, 40), sized.slice(40)];
    const rest = others.reduce((sum, one) => sum + one.size, 0);
    if (rest) largest.push({ name: `${others.length} others`, version: "", size: rest });
    largest.sort((one, other) => other.size - one.size);
    const unknown = packages.filter((one) => one.size === null).length;
    const total = (unknown ? "at least " : "") + inWords(sized.reduce((sum, one) => sum + one.size, 0));
    const card = made("div", { class: "card" });
    const head = `${installer} downloads ${total} in ${packages.length} packages`;
    card.append(made("h3", {}, head));
    if (unknown) card.append(made("p", { class: "note" }, `The channel does not give the size of ${unknown} of them.`));
    const height = Math.round(width * 0.55);
    const frame = { width, height, viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${head}, by size` };
    const map = made("svg", { ...frame, class: "map" });
    for (const [one, x, y, w, h] of squares(largest, width, height)) {
      const group = made("g", {});
      group.append(made("title", {}, one.by ? `${named(one)}, by ${way(one.by)}` : named(one)));
      group.append(made("rect", { x, y, width: Math.max(w - 2, 0), height: Math.max(h - 2, 0), rx: 3 }));
      const room = Math.floor((w - 10) / 7.5);
      if (h > 20 && room >= Math.min(one.name.length, 8)) {
        group.append(made("text", { x: x + 5, y: y + 15 }, one.name.slice(0, room)));
        if (h > 38 && room > 6) group.append(made("text", { x: x + 5, y: y + 31 }, inWords(one.size)));
      }
      map.append(group);
    }
    const list = made("ol", { class: "largest" });
    for (const one of sized.slice(0, 8)) {
      list.append(made("li", {}, named(one) + (one.by ? `, by ${way(one.by)}` : "")));
    }
    const details = made("details", {});
    details.append(made("summary", {}, "The largest as a list"), list);
    card.append(map, details);
    if (packages.some((one) => one.by)) card.append(...asked(installer, packages));
    return card;
  };
  const data = JSON.parse(find("#downloads")?.textContent ?? "null");
  const draw = (target) => {
    const place = find("#pictures");
    place.replaceChildren();
    const whole = place.clientWidth;
    const width = Math.floor(whole > 980 ? whole / 2 - 42 : whole - 36);
    for (const installer of ["pip", "conda"]) {
      let number = 0;
      const [steps, by] = data.targets[installer]?.[target] ?? [[], []];
      const packages = steps.map((step) => {
        const [name, version, size] = data.packages[(number += step)];
        return { name, version, size };
      });
      packages.forEach((one, place) => { one.by = packages[by[place]]; });
      const card = picture(installer, packages, width);
      if (card) place.append(card);
    }
  };

  // Does it install for me?
  const platform = find("#platform"), python = find("#python");
  const reply = () => {
    let shown = 0;
    for (const one of all("#replies [data-target]")) {
      one.hidden = one.dataset.target !== `${platform.value}/${python.value}`;
      shown += !one.hidden;
    }
    find("#no-reply").hidden = shown > 0;
    draw(`${platform.value}/${python.value}`);
  };
  if (platform) {
    const [system] = /windows|mac|linux/i.exec(navigator.userAgent) ?? [""];
    const names = { windows: ["win-64"], mac: ["osx-arm64", "osx-64"], linux: ["linux-64"] }[system.toLowerCase()] ?? [];
    const own = names.find((name) => find(`option[value="${name}"]`, platform));
    if (own) platform.value = own;
    platform.addEventListener("change", reply);
    python.addEventListener("change", reply);
    addEventListener("resize", reply);
    reply();
  }

  // Copy.
  const copy = async (text) => {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const area = document.createElement("textarea");
      area.value = text;
      document.body.append(area);
      area.select();
      const done = document.execCommand("copy");
      area.remove();
      return done;
    }
  };
  for (const one of all("[data-copy]")) {
    one.addEventListener("click", async () => {
      const done = await copy(one.dataset.copy);
      one.textContent = done ? "Copied" : "Select it";
      say(done ? `Copied: ${one.dataset.copy}` : "This browser does not copy. Select the line.");
      one.focus();
      setTimeout(() => { one.textContent = "Copy"; }, 2000);
    });
  }

  // Requirements open and close.
  const openers = all(".open");
  const open = (one, wanted) => {
    one.setAttribute("aria-expanded", String(wanted));
    document.getElementById(one.getAttribute("aria-controls")).classList.toggle("opened", wanted);
  };
  for (const one of openers) {
    open(one, false);
    one.addEventListener("click", () => open(one, one.getAttribute("aria-expanded") !== "true"));
  }

  // Search and filters.
  const search = find("#search");
  const wanted = { requirement: "", finding: "" };
  const filter = () => {
    const text = (search?.value ?? "").trim().toLowerCase();
    let shown = 0;
    for (const kind of ["requirement", "finding"]) {
      for (const one of all(`.${kind}`)) {
        const state = !wanted[kind] || one.dataset.states.split(" ").includes(wanted[kind]);
        one.hidden = !(state && one.dataset.name.includes(text));
        if (kind === "requirement") shown += !one.hidden;
      }
    }
    if (search) find("#count").textContent = `${shown} of ${openers.length} requirements`;
  };
  const choose = (kind, state) => {
    wanted[kind] = state;
    for (const one of all(`[data-for="${kind}"] button`)) {
      one.setAttribute("aria-pressed", String(one.dataset.state === state));
    }
    filter();
  };
  const clear = () => {
    if (search) search.value = "";
    choose("requirement", "");
    choose("finding", "");
  };
  for (const group of all("[data-for]")) {
    for (const one of all("button", group)) {
      one.addEventListener("click", () => choose(group.dataset.for, one.dataset.state));
    }
  }
  search?.addEventListener("input", filter);
  filter();
  const visit = () => {
    const place = document.getElementById(location.hash.slice(1));
    if (place?.hidden) clear();
    if (place?.matches("details")) place.open = true;
    place?.scrollIntoView();
  };
  addEventListener("hashchange", visit);
  visit();

  // The keyboard.
  const move = (steps) => {
    const shown = openers.filter((one) => !one.closest(".requirement").hidden);
    const place = shown.indexOf(document.activeElement);
    if (place < 0) return false;
    shown[Math.min(Math.max(place + steps, 0), shown.length - 1)].focus();
    return true;
  };
  const steps = { ArrowDown: 1, ArrowUp: -1, Home: -Infinity, End: Infinity };
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "/" && search && !typing) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape") {
      clear();
    } else if (event.key in steps && !typing && move(steps[event.key])) {
      event.preventDefault();
    }
  });
});
