document.addEventListener("DOMContentLoaded", () => {
  const say = (text) => { find("#said").textContent = text; };

  // Does it install for me?
  const platform = find("#platform"), python = find("#python");
  const reply = () => {
    let shown = 0;
    for (const one of all("#replies [data-target]")) {
      one.hidden = one.dataset.target !== `${platform.value}/${python.value}`;
      shown += !one.hidden;
    }
    find("#no-reply").hidden = shown > 0;
    drawPictures(`${platform.value}/${python.value}`);
    const target = find("#chosen-target"), computer = platform.selectedOptions[0].textContent;
    if (target) target.textContent = `On ${computer} with Python ${python.value}.`;
  };
  if (platform) {
    const [system] = /windows|mac|linux/i.exec(navigator.userAgent) ?? [""];
    const names = { windows: ["win-64"], mac: ["osx-arm64", "osx-64"], linux: ["linux-64"] }[system.toLowerCase()] ?? [];
    const own = names.find((name) => find(`option[value="${name}"]`, platform));
    if (own) platform.value = own;
    platform.addEventListener("change", reply);
    python.addEventListener("change", reply);
    let width = innerWidth;
    addEventListener("resize", () => {
      if (width !== innerWidth) reply(); // not when the keyboard of a phone opens
      width = innerWidth;
    });
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
