document.addEventListener("DOMContentLoaded", () => {
  const rows = all(".list"), search = find("#search"), needs = find("#needs");
  let state = "";
  const filter = () => {
    const [name, need] = [search, needs].map((one) => one.value.trim().toLowerCase());
    let shown = 0;
    for (const row of rows) {
      const fits = !state || row.dataset.states.split(" ").includes(state);
      const exact = find(`option[value="${CSS.escape(need)}"]`) ? ` ${need} ` : need;
      row.hidden = !(fits && row.dataset.name.includes(name) && row.dataset.needs.includes(exact));
      shown += !row.hidden;
    }
    find("#count").textContent = `${shown} of ${rows.length} lists`;
  };
  const choose = (wanted) => {
    state = wanted;
    for (const one of all(".filters button")) one.setAttribute("aria-pressed", String(one.dataset.state === state));
    filter();
  };
  for (const one of all(".filters button")) one.addEventListener("click", () => choose(one.dataset.state));
  for (const one of [search, needs]) one.addEventListener("input", filter);
  filter();

  // A click on the head of a column sorts by it; another one turns the order.
  const heads = all("thead th");
  for (const head of heads.filter((one) => one.dataset.sort)) {
    const place = heads.indexOf(head), kind = head.dataset.sort;
    const value = (row) => {
      const cell = row.children[place];
      return kind === "rank" ? Number(cell.dataset.rank) : kind === "number" ? -Number(cell.textContent) : cell.textContent;
    };
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => {
      const turned = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      for (const one of heads) one.removeAttribute("aria-sort");
      head.setAttribute("aria-sort", turned === 1 ? "ascending" : "descending");
      rows.sort((one, other) => {
        const [a, b] = [value(one), value(other)];
        return turned * (typeof a === "string" ? a.localeCompare(b) : a - b);
      });
      find("tbody").append(...rows);
    });
    head.replaceChildren(button);
  }

  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.matches("input")) {
      event.preventDefault();
      search.focus();
    } else if (event.key === "Escape") {
      [search.value, needs.value] = ["", ""];
      choose("");
    }
  });
});
